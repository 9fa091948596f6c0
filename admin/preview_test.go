package admin

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"myna/storage"
)

// A preview says what would come of a form as it is, and changes nothing.
func TestPreview(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com", "minh@example.com")
	form := PreviewAlias{Address: "sales@example.com", AliasFields: sales("lan@example.com", "x@elsewhere.example").AliasFields, New: true}
	p := must[AliasPreview](f, "alias.preview", form)
	if !p.Group || p.Chat != 1 || p.Mail != 1 || len(p.Members) != 2 || len(p.Problems) != 0 {
		t.Errorf("a form in order: %+v", p)
	}
	form.Targets = append(form.Targets, "lam@example.com", "not an address", "sales@example.com")
	form.Leads, form.Membership = []string{"minh@example.com", "nobody@example.com"}, "sometimes"
	p = must[AliasPreview](f, "alias.preview", form)
	for i, want := range []string{"did you mean lan@example.com?", "is no address", "cannot be a target of itself", "the lead nobody@example.com", "is no membership"} {
		if len(p.Problems) != 5 || !strings.Contains(p.Problems[i], want) {
			t.Errorf("problems %q, want number %d to say %q", p.Problems, i, want)
		}
	}
	if p.Chat != 1 || p.Mail != 1 {
		t.Errorf("what is in order is not counted: %+v", p)
	}
	if list := must[[]Alias](f, "alias.list", ListAliases{}); len(list) != 0 {
		t.Errorf("a preview has made %+v", list)
	}
	must[Alias](f, "alias.create", sales("lan@example.com"))
	if p = must[AliasPreview](f, "alias.preview", form); !strings.Contains(p.Problems[0], "is an alias already") {
		t.Errorf("a new one of the same name: %+v", p)
	}
	form = PreviewAlias{Address: "sales@example.com", AliasFields: sales("minh@example.com").AliasFields}
	if p = must[AliasPreview](f, "alias.preview", form); len(p.Problems) != 0 || len(p.Members) != 1 || p.Members[0].Address != "minh@example.com" {
		t.Errorf("another definition of an alias: %+v", p)
	}
	form.Targets = nil
	if p = must[AliasPreview](f, "alias.preview", form); p.Chat != 0 || len(p.Problems) != 1 {
		t.Errorf("no targets: %+v", p)
	}
}

// Who administers one domain learns nothing of others by naming their people.
func TestPreviewOfADomain(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com", "zoe@other.example")
	who := Actor{Name: "lan@example.com", Role: storage.DomainAdmin, Domain: "example.com", Door: "page"}
	var told [][]string
	for _, stranger := range []string{"zoe@other.example", "nobody@other.example"} {
		p, err := f.Preview(t.Context(), who, PreviewAlias{Address: "sales@example.com", AliasFields: AliasFields{Targets: []string{"lan@example.com", stranger}}})
		if err != nil || p.Chat != 1 || len(p.Members) != 1 || len(p.Problems) != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		told = append(told, p.Problems)
	}
	if !slices.Equal(told[0], told[1]) {
		t.Errorf("who is there is told apart from who is not: %q", told)
	}
	f.refused(who, "alias.preview", PreviewAlias{Address: "sales@other.example"}, Forbidden, "you administer example.com only")
}

// Of a crowd the preview counts all and names the first.
func TestPreviewOfMany(t *testing.T) {
	var p AliasPreview
	r := Resolution{Loops: 2}
	for _, kind := range []string{"chat", "mail", "left", "disabled", "external"} {
		for range 20 {
			r.Members = append(r.Members, Member{Kind: kind})
		}
	}
	if p.count(r); p.Chat != 20 || p.Mail != 40 || p.Left != 20 || p.Disabled != 20 || p.Loops != 2 || len(p.Members) != previewed || p.More != 50 {
		t.Errorf("%+v", p)
	}
}

// A preview says what everybody in it is called, however many there are, and an administrator of a domain hears of the own people.
func TestPreviewTellsNames(t *testing.T) {
	f := newFixture(t)
	var targets []string
	var csv strings.Builder
	for i := range 3 * looked {
		targets = append(targets, fmt.Sprintf("p%03d@example.com", i))
		fmt.Fprintf(&csv, "%s,Người %03d,,secret\n", targets[i], i)
	}
	csv.WriteString("zoe@other.example,Zoe,,secret\n")
	must[Imported](f, "account.import", ImportAccounts{CSV: csv.String()})
	must[Alias](f, "alias.create", CreateAlias{"tech@example.com", AliasFields{Name: "Kỹ thuật", Targets: targets[:1]}})
	for _, n := range []int{2, 3 * looked} {
		form := PreviewAlias{Address: "sales@example.com", AliasFields: AliasFields{Targets: append([]string{"tech@example.com", "x@elsewhere.example"}, targets[:n]...), Leads: targets[:1]}}
		p := must[AliasPreview](f, "alias.preview", form)
		if len(p.Names) != n+1 || p.Names[targets[n-1]] != fmt.Sprintf("Người %03d", n-1) || p.Names["tech@example.com"] != "Kỹ thuật" || !slices.Equal(p.Groups, []string{"tech@example.com"}) {
			t.Errorf("%d targets: %d names, %q", n, len(p.Names), p.Groups)
		}
	}
	p, err := f.Preview(t.Context(), domainAdmin(), PreviewAlias{Address: "sales@example.com", AliasFields: AliasFields{Targets: []string{"zoe@other.example", targets[0]}}})
	if err != nil || len(p.Names) != 1 || p.Names[targets[0]] == "" {
		t.Errorf("%+v %v", p.Names, err)
	}
}
