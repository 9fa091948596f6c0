package admin

import (
	"strings"
	"testing"

	"myna/xmpp"
)

func TestImport(t *testing.T) {
	for name, tt := range map[string]struct {
		req     ImportAccounts
		created int
		skipped int
		refused map[int]string // line → part of the reason
	}{
		"plain":     {req: ImportAccounts{CSV: "lan@example.com,Lan,Sales,secret\nminh@example.com,Minh,,secret\n"}, created: 2},
		"heading":   {req: ImportAccounts{CSV: "Password, Address\nsecret,lan@example.com\n"}, created: 1},
		"mark":      {req: ImportAccounts{CSV: "\ufeffaddress,name,department,password\r\nlan@example.com,Lan,,secret\r\n"}, created: 1},
		"semicolon": {req: ImportAccounts{CSV: "lan@example.com;Lan, Thị;Sales;se,cret\n"}, created: 1},
		"quoted":    {req: ImportAccounts{CSV: "lan@example.com,\"Lan, \"\"the\"\" boss\",\"Sa\",\"se\"\"cret\"\n"}, created: 1},
		"bad lines": {
			req: ImportAccounts{CSV: "ok@example.com,,,x\nlan,,,x\nlan@example.org,,,x\nlan@example.com,,,\n\n" +
				"a@example.com,\"A\" b,,x\nb@example.com,B,,x,y\ntaken@example.com,,,x\nok@example.com,,,x\nc@example.com,,,\x01\n"},
			refused: map[int]string{2: "no address of a person", 3: "not a domain of this server", 4: "password is empty",
				6: "cannot be read", 7: "5 fields", 8: "is an account already", 9: "same address is in line 1", 10: "password cannot be used"},
		},
		"partial":        {req: ImportAccounts{CSV: "lan@example.com,,,x\nbad,,,x\n", Partial: true}, created: 1, refused: map[int]string{2: "no address"}},
		"all or nothing": {req: ImportAccounts{CSV: "lan@example.com,,,x\nbad,,,x\n"}, refused: map[int]string{2: "no address"}},
		"again":          {req: ImportAccounts{CSV: "taken@example.com,,,x\nlan@example.com,,,x\n", SkipExisting: true}, created: 1, skipped: 1},
		"alias":          {req: ImportAccounts{CSV: "alias@example.com,,,x\n", SkipExisting: true}, refused: map[int]string{1: "is an alias already"}},
		"generate":       {req: ImportAccounts{CSV: "lan@example.com\n", Generate: true}, created: 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.people("taken@example.com")
			must[Alias](f, "alias.create", CreateAlias{Address: "alias@example.com", AliasFields: AliasFields{Everyone: true}})
			out := must[Imported](f, "account.import", tt.req)
			if out.Created != tt.created || out.Skipped != tt.skipped || len(out.Refused) != len(tt.refused) {
				t.Errorf("%+v", out)
			}
			for _, r := range out.Refused {
				if want, ok := tt.refused[r.Line]; !ok || !strings.Contains(r.Reason, want) {
					t.Errorf("line %d is refused: %s; want %q", r.Line, r.Reason, want)
				}
			}
			if list := must[[]Account](f, "account.list", ListAccounts{}); len(list) != 1+tt.created {
				t.Errorf("accounts %+v", list)
			}
			for _, g := range out.Passwords {
				if !f.signsIn(g.Address, g.Password) {
					t.Errorf("the generated password of %s does not sign in", g.Address)
				}
			}
			if tt.req.Generate && len(out.Passwords) != tt.created {
				t.Errorf("passwords %+v", out.Passwords)
			}
		})
	}
}

func TestImportedFields(t *testing.T) {
	f := newFixture(t)
	must[Imported](f, "account.import", ImportAccounts{CSV: "lan@example.com, \"Nguyễn, Lan\" ,Sales, secret\n", Partial: true})
	// A space before a quote makes the quote a part of the field: the line is refused, not misread.
	f.refused(CommandLine(), "account.show", Identified{"lan@example.com"}, NotFound, "there is no account")
	must[Imported](f, "account.import", ImportAccounts{CSV: "lan@example.com,\"Nguyễn, Lan\", Sales, secret\n"})
	d := must[AccountDetail](f, "account.show", Identified{"lan@example.com"})
	if d.Name != "Nguyễn, Lan" || d.Department != "Sales" {
		t.Errorf("imported %+v", d)
	}
	if !f.signsIn("lan@example.com", " secret") {
		t.Error("a password is not taken as it stands, with its space")
	}
}

// The lines of the audit log are there if and only if the accounts are.
func TestImportIsAudited(t *testing.T) {
	f := newFixture(t)
	f.people("taken@example.com")
	before := len(must[[]AuditLine](f, "audit.list", ListAudit{}))
	must[Imported](f, "account.import", ImportAccounts{CSV: "lan@example.com,Lan,,x\ntaken@example.com,,,x\n"})
	if n := len(must[[]AuditLine](f, "audit.list", ListAudit{})); n != before {
		t.Errorf("a refused import has %d lines", n-before)
	}
	woken := 0
	f.Changed = func(xmpp.JID) { woken++ }
	must[Imported](f, "account.import", ImportAccounts{CSV: "lan@example.com,Lan,,x\nminh@example.com,,,y\n"})
	list := must[[]AuditLine](f, "audit.list", ListAudit{})
	if len(list) != before+2 || woken != 2 {
		t.Fatalf("%d lines, %d changes", len(list)-before, woken)
	}
	for i, want := range []string{"minh@example.com", "lan@example.com"} { // the newest first
		if l := list[i]; l.Action != "account.import" || l.Object != want || l.Actor != "cli" || !strings.Contains(string(l.Change), want) || strings.Contains(string(l.Change), "password") {
			t.Errorf("line %+v", l)
		}
	}
}

func TestImportRefusesFile(t *testing.T) {
	f := newFixture(t)
	for file, text := range map[string]string{
		"":                                  "the file has no accounts",
		"address,password\n":                "the file has no accounts",
		"\n\n":                              "the file has no accounts",
		"address,mail\nlan@example.com,x\n": `a column "mail"; known are address, name`,
		"address,Address\nlan@example.com,": "twice",
		"lan@example.com,\xff,,x":           "not UTF-8",
		strings.Repeat("a@example.com\n", maxRows+1): "more than 200000",
	} {
		var csv any = ImportAccounts{CSV: file}
		if strings.Contains(file, "\xff") { // JSON would mend it
			_, err := f.ImportAccounts(t.Context(), CommandLine(), ImportAccounts{CSV: file}, func(Progress) {})
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("%q: %v", file, err)
			}
			continue
		}
		f.refused(CommandLine(), "account.import", csv, Invalid, text)
	}
}

func FuzzParseCSV(f *testing.F) {
	f.Add("address,name\nlan@example.com,\"x\"\n")
	f.Add("a;b;c\n\"")
	f.Fuzz(func(t *testing.T, s string) {
		rows, refused, err := parseCSV(s)
		if err == nil && len(rows)+len(refused) == 0 {
			t.Error("neither accounts nor a reason")
		}
	})
}
