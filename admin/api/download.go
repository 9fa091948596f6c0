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
	address, err := a.fileOf(req, who, "files")
	if err != nil {
		return err
	}
	files := req.URL.Query().Get("files")
	whole, err := strconv.ParseBool(cmp.Or(files, "false"))
	if err != nil {
		return problem{kind: malformed, detail: "the parameter \"files\" is true or false"}
	}
	e, err := a.Admin.BeginExport(req.Context(), who, admin.ExportData{Address: address, Files: whole})
	if err != nil {
		return err
	}
	if err := moreTime(w); err != nil {
		return err
	}
	head(w, "application/xml; charset=utf-8")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": e.Account.String() + ".xml"}))
	if err := a.Admin.Export(req.Context(), e, w); err != nil {
		a.Log.Error("export ended early", "account", e.Account.String(), "err", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// avatar sends the picture of an alias. Whatever is in it, it is nothing that a browser would run.
func (a *api) avatar(w http.ResponseWriter, req *http.Request, who admin.Actor) error {
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

// fileOf is the address whose file is asked for. Parameters are known by name; v tells versions of a file apart, and says nothing here.
func (a *api) fileOf(req *http.Request, who admin.Actor, known ...string) (string, error) {
	address := req.PathValue("address")
	for name := range req.URL.Query() {
		if name != "v" && !slices.Contains(known, name) {
			return "", problem{kind: malformed, detail: fmt.Sprintf("there is no parameter %q here", name)}
		}
	}
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
	head(w, lines)
	out, flush := json.NewEncoder(w), http.NewResponseController(w)
	send := func(l line) {
		if out.Encode(l) == nil { // a client that has gone ends the request's context
			_ = flush.Flush()
		}
	}
	var told time.Time
	var stage string
	result, err := a.Admin.Do(c.req.Context(), who, c.route.op, request, func(p admin.Progress) {
		if now := time.Now(); p.Stage != stage || now.Sub(told) >= stepTime {
			told, stage = now, p.Stage
			send(line{Progress: &p})
		}
	})
	if err == nil && c.route.view != nil {
		result, err = c.route.view(c, result)
	}
	if err != nil {
		b := a.body(c.route.op, err)
		send(line{Problem: &b})
		return
	}
	send(line{Result: result})
}
