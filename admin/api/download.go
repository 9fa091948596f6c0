package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"myna/admin"
)

// lines is the type of an answer that tells progress: lines of JSON, {"progress":…} and at last {"result":…} or {"problem":…}.
const lines = "application/x-ndjson"

// stepTime is how often progress is told at most.
const stepTime = 100 * time.Millisecond

// export sends an account as a file (XEP-0227). A file that cannot be written whole is cut off, so that nobody takes it for whole.
func (a *api) export(w http.ResponseWriter, req *http.Request, who admin.Actor) error {
	address, err := a.fileOf(req, who)
	if err != nil {
		return err
	}
	return a.sendExport(w, req, who, admin.ExportData{Address: address}, address)
}

// exportDomain sends the accounts of a domain as a file, or all that the key is for.
func (a *api) exportDomain(w http.ResponseWriter, req *http.Request, who admin.Actor) error {
	domain := req.PathValue("domain")
	if domain != "" && a.strange(who, domain) {
		return problem{kind: notFound, detail: "there is nothing at this address for this key"}
	}
	return a.sendExport(w, req, who, admin.ExportData{Domain: domain}, cmp.Or(domain, who.Domain, "myna"))
}

// sendExport sends a file of accounts, for which there is time as long as the client takes it.
func (a *api) sendExport(w http.ResponseWriter, req *http.Request, who admin.Actor, r admin.ExportData, name string) (err error) {
	if err := knownParameters(req, "files"); err != nil {
		return err
	}
	if r.Files, err = flagOf(req, "files"); err != nil {
		return err
	}
	e, err := a.Admin.BeginExport(req.Context(), who, r)
	if err != nil {
		return err
	}
	if !e.Account.IsZero() {
		name = e.Account.String()
	}
	head(w, "application/xml; charset=utf-8")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name + ".xml"}))
	out, flush := unhurry(w).blocks()
	if err := errors.Join(a.Admin.Export(req.Context(), e, out), flush()); err != nil {
		a.Log.Error("export ended early", "of", name, "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// knownParameters refuses what is not known of the query.
func knownParameters(req *http.Request, known ...string) error {
	for name, values := range req.URL.Query() {
		if !slices.Contains(known, name) || len(values) != 1 {
			return problem{kind: malformed, detail: fmt.Sprintf("there is no parameter %q here, or it is there twice", name)}
		}
	}
	return nil
}

// flagOf is a parameter that is true or false; it is false where it is not there.
func flagOf(req *http.Request, name string) (bool, error) {
	on, err := strconv.ParseBool(cmp.Or(req.URL.Query().Get(name), "false"))
	if err != nil {
		return false, problem{kind: malformed, detail: fmt.Sprintf("the parameter %q is true or false", name)}
	}
	return on, nil
}

// avatar sends the picture of an alias. Whatever is in it, it is nothing that a browser would run.
func (a *api) avatar(w http.ResponseWriter, req *http.Request, who admin.Actor) error {
	if err := knownParameters(req, "v"); err != nil { // v tells versions of a file apart, and says nothing here
		return err
	}
	address, err := a.fileOf(req, who)
	if err != nil {
		return err
	}
	pic, err := a.Admin.AliasPicture(req.Context(), who, admin.Identified{Address: address})
	if err != nil {
		return err
	}
	head(w, pic.Type)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, _ = w.Write(pic.Data) // nobody is left to tell
	return nil
}

// fileOf is the address whose file is asked for.
func (a *api) fileOf(req *http.Request, who admin.Actor) (string, error) {
	address := req.PathValue("address")
	if a.strange(who, address) {
		return "", problem{kind: notFound, detail: "there is nothing at this address for this key"}
	}
	return address, nil
}

// moreTime lets a request take longer than others.
func moreTime(w http.ResponseWriter) error {
	out, until := http.NewResponseController(w), time.Now().Add(longTime)
	if err := errors.Join(out.SetReadDeadline(until), out.SetWriteDeadline(until)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// line is a line of an answer that tells progress.
type line struct {
	Progress *admin.Progress `json:"progress,omitempty"`
	Result   any             `json:"result,omitempty"`
	Problem  *body           `json:"problem,omitempty"`
}

// follow carries out an operation and tells how far it is.
func (a *api) follow(w http.ResponseWriter, c *call, who admin.Actor, request []byte) {
	a.tellProgress(w, c.route.op, func(progress func(admin.Progress)) (any, error) {
		result, err := a.Admin.Do(c.req.Context(), who, c.route.op, request, progress)
		if err == nil && c.route.view != nil {
			result, err = c.route.view(c, result)
		}
		return result, err
	})
}

// tellProgress answers with what f tells, and at last with what it returns.
func (a *api) tellProgress(w http.ResponseWriter, name string, f func(progress func(admin.Progress)) (any, error)) {
	head(w, lines)
	out := json.NewEncoder(unhurry(w))
	send := func(l line) { _ = out.Encode(l) } // a client that has gone ends the request's context
	var told time.Time
	var stage string
	result, err := f(func(p admin.Progress) {
		if now := time.Now(); p.Stage != stage || now.Sub(told) >= stepTime {
			told, stage = now, p.Stage
			send(line{Progress: &p})
		}
	})
	if err != nil {
		b := a.body(name, err)
		send(line{Problem: &b})
		return
	}
	send(line{Result: result})
}
