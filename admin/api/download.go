package api

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"time"

	"myna/admin"
)

// lines is the type of an answer that tells progress: lines of JSON, {"progress":…} and at last {"result":…} or {"problem":…}.
const lines = "application/x-ndjson"

// stepTime is how often progress is told at most.
const stepTime = 100 * time.Millisecond

// downloads adds the paths that answer with a file.
func (a *api) downloads(mux *http.ServeMux) {
	mux.HandleFunc("GET "+root+"/accounts/{address}/export", func(w http.ResponseWriter, req *http.Request) {
		if err := a.export(w, req); err != nil {
			a.refuse(w, "account.export", err)
		}
	})
}

// export sends an account's contacts and messages as a file (XEP-0227). A file that cannot be written whole is cut off, so that
// nobody takes it for whole.
func (a *api) export(w http.ResponseWriter, req *http.Request) error {
	who, err := a.caller(req)
	if err != nil {
		return err
	}
	address := req.PathValue("address")
	if a.strange(who, address) {
		return problem{kind: notFound, detail: "there is nothing at this address for this key"}
	}
	e, err := a.Admin.BeginExport(req.Context(), who, address)
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
