package api

import (
	"bytes"
	"net/http"

	"myna/admin"
	"myna/storage"
)

// NewMetrics returns the handler of /metrics, for programs that watch the server: without a key from this machine, else with one of
// the server.
func NewMetrics(o Options) http.Handler {
	a := &api{Options: o}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := a.mayWatch(req); err != nil {
			a.refuse(w, "metrics", err)
			return
		}
		var b bytes.Buffer
		o.Metrics(&b)
		head(w, "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write(b.Bytes()) // nobody is left to tell
	})
}

func (a *api) mayWatch(req *http.Request) error {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		return problem{kind: method, detail: "this path has GET"}
	}
	if req.Header.Get("Authorization") == "" && a.Front.Load().Proxies.Peer(req).Local {
		if a.Sessions.FromUs(req) != nil { // a page in a browser of this machine
			return problem{kind: forged, detail: "this is for programs"}
		}
		return nil
	}
	who, err := a.caller(req)
	if err == nil && who.Role != storage.ServerAdmin {
		err = problem{kind: string(admin.Forbidden), detail: "this needs a key of the server"}
	}
	return err
}
