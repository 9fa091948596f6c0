package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"myna/admin"
)

const (
	maxBody   = 1 << 20
	pageSize  = 100 // items where a request does not say how many
	maxPage   = 500
	longTime  = 10 * time.Minute // for an import, whose passwords have to be hashed
	anything  = "*"
	noVersion = "" // of a tag that is never equal to ours
)

// call is a request under way.
type call struct {
	req     *http.Request
	route   *route
	fields  map[string]any // of the operation's request
	limit   int            // of a page
	created bool           // something is there that was not before
}

// answer carries out a request.
func (a *api) answer(w http.ResponseWriter, req *http.Request, r *route, who admin.Actor) error {
	if r.people && who.Door != "page" {
		return problem{kind: string(admin.Forbidden), detail: "a key neither makes nor revokes keys; use the admin page, or myna key", reason: admin.Reason{Code: "keys-by-people"}}
	}
	c := &call{req: req, route: r, fields: map[string]any{}}
	if r.slow {
		if err := moreTime(w); err != nil {
			return err
		}
	}
	if r.body {
		if err := c.readBody(w); err != nil {
			return err
		}
	}
	if err := c.readPath(); err != nil {
		return err
	}
	if err := c.readQuery(); err != nil {
		return err
	}
	if err := c.conditions(); err != nil {
		return err
	}
	for _, name := range []string{"address", "domain"} {
		if s, ok := c.fields[name].(string); ok && (name == "domain" || slices.Contains(r.names(), name)) && a.strange(who, s) {
			return problem{kind: notFound, detail: "there is nothing at this address for this key"}
		}
	}
	if r.op == "status" {
		delete(c.fields, "domain") // of the view only
	}
	request, err := json.Marshal(c.fields)
	if err != nil {
		return err
	}
	if r.slow && req.Header.Get("Accept") == lines {
		a.follow(w, c, who, request)
		return nil
	}
	result, err := a.Admin.Do(req.Context(), who, r.op, request, func(admin.Progress) {})
	if err != nil {
		return err
	}
	if r.view != nil {
		if result, err = r.view(c, result); err != nil {
			return err
		}
	}
	return c.write(w, result)
}

// readBody reads a JSON object.
func (c *call) readBody(w http.ResponseWriter) error {
	kind, _, err := mime.ParseMediaType(c.req.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return problem{kind: media, detail: "send application/json"}
	}
	limit := int64(maxBody)
	if c.route.limit > 0 {
		limit = c.route.limit
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, c.req.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return problem{kind: large, detail: fmt.Sprintf("the body may have %d bytes", limit)}
	case err != nil:
		return problem{kind: malformed, detail: "the body did not arrive whole"}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&c.fields); err != nil || c.fields == nil {
		return problem{kind: malformed, detail: "the body is no JSON object"}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return problem{kind: malformed, detail: "the body has something behind its JSON object"}
	}
	for _, name := range c.route.ignore {
		delete(c.fields, name)
	}
	for name, v := range c.fields {
		if v == nil || slices.Contains(reserved(), name) {
			return problem{kind: string(admin.Invalid), detail: fmt.Sprintf("the field %q cannot be this", name)}
		}
	}
	for _, name := range c.route.needs {
		if _, ok := c.fields[name]; !ok {
			return problem{kind: string(admin.Invalid), detail: fmt.Sprintf("the field %q is missing", name)}
		}
	}
	return nil
}

// reserved are fields of requests that come from elsewhere than the body.
func reserved() []string { return []string{"if_version", "if_new"} }

// readPath takes what the path says. The body may say the same.
func (c *call) readPath() error {
	for _, name := range c.route.names() {
		v := c.req.PathValue(name)
		if said, ok := c.fields[name]; ok && said != v {
			return problem{kind: string(admin.Invalid), detail: fmt.Sprintf("the field %q is not that of the path", name)}
		}
		c.fields[name] = v
	}
	return nil
}

// readQuery takes the parameters behind the path.
func (c *call) readQuery() error {
	q := c.req.URL.Query()
	for name, values := range q {
		known := slices.Contains(c.route.params, name) || c.route.page != nil && (name == "limit" || name == "cursor")
		if !known || len(values) != 1 {
			return problem{kind: malformed, detail: fmt.Sprintf("there is no parameter %q here, or it is there twice", name)}
		}
		switch {
		case name == "limit" || name == "cursor":
		case isFlag(name):
			on, err := flagOf(c.req, name)
			if err != nil {
				return err
			}
			c.fields[name] = on
		default:
			c.fields[name] = values[0]
		}
	}
	if c.route.page == nil || c.route.whole {
		return nil
	}
	return c.readPage(q.Get("limit"), q.Get("cursor"))
}

// isFlag tells whether a parameter is true or false.
func isFlag(name string) bool {
	return slices.Contains([]string{"deleted", "purge", "files", "merge", "dry_run"}, name)
}

func (c *call) readPage(limit, cursor string) error {
	c.limit = pageSize
	if limit != "" {
		n, err := strconv.Atoi(limit)
		if err != nil || n < 1 || n > maxPage {
			return problem{kind: malformed, detail: fmt.Sprintf("the parameter \"limit\" is from 1 to %d", maxPage)}
		}
		c.limit = n
	}
	c.fields["limit"] = c.limit + 1 // one more, to know whether there is a next page
	if cursor == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return problem{kind: malformed, detail: "the parameter \"cursor\" is not one of an answer"}
	}
	if c.route.op != "audit.list" {
		c.fields["after"] = string(b)
		return nil
	}
	if _, err := time.Parse(time.RFC3339Nano, string(b)); err != nil {
		return problem{kind: malformed, detail: "the parameter \"cursor\" is not one of an answer"}
	}
	c.fields["before"] = string(b)
	return nil
}

// conditions takes the headers that a change depends on (RFC 9110 § 13.1).
func (c *call) conditions() error {
	if c.route.method == http.MethodGet {
		return nil
	}
	versions := tags(c.req.Header.Values("If-Match"))
	switch {
	case len(versions) == 0:
	case c.route.tagged:
		c.fields["if_version"] = versions
	case !slices.Contains(versions, anything): // § 13.1.1: what has no ETag has none of these
		return problem{kind: string(admin.Changed), detail: "nothing here has an ETag; the change was not made, as If-Match does not hold"}
	}
	if c.route.tagged && c.req.Method == http.MethodPut && slices.Contains(tags(c.req.Header.Values("If-None-Match")), anything) {
		c.fields["if_new"] = true
	}
	return nil
}

// tags are the strong entity tags of a header; what is none is never equal to one.
func tags(headers []string) []string {
	var list []string
	for _, h := range headers {
		for s := range strings.SplitSeq(h, ",") {
			s = strings.TrimSpace(s)
			inner, begins := strings.CutPrefix(s, `"`)
			inner, ends := strings.CutSuffix(inner, `"`)
			switch {
			case s == anything:
				list = append(list, anything)
			case begins && ends && inner != anything:
				list = append(list, inner)
			default: // a weak one among them (§ 13.1.1)
				list = append(list, noVersion)
			}
		}
	}
	return list
}

// page is a part of a list.
type page struct {
	Items any    `json:"items"`
	Next  string `json:"next,omitempty"` // the cursor of the next part
}

// write answers with a result.
func (c *call) write(w http.ResponseWriter, result any) error {
	if c.route.page != nil {
		items, key := c.route.page(result, c.limit)
		result = page{items, base64.RawURLEncoding.EncodeToString([]byte(key))}
	}
	if c.route.tagged && c.route.method != http.MethodDelete {
		tag := admin.Version(result)
		w.Header().Set("ETag", strconv.Quote(tag))
		if c.route.method == http.MethodGet && slices.ContainsFunc(tags(c.req.Header.Values("If-None-Match")), func(s string) bool { return s == tag || s == anything }) {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	b, err := json.Marshal(result)
	if err != nil {
		return err
	}
	status := c.route.status
	if status == 0 {
		status = http.StatusOK
	}
	if c.created {
		status = http.StatusCreated
	}
	head(w, "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // nobody is left to tell
	return nil
}
