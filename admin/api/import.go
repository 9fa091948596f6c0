package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"time"

	"myna/admin"
)

// maxImport is how large a file of accounts may be; the command line takes larger ones.
const maxImport = 4 << 30

// importData takes over accounts from a file of XEP-0227, of which the server keeps a copy meanwhile: it is read twice. A key of a
// domain imports into that domain alone. There is one import at a time of a domain, and one of the server.
func (a *api) importData(w http.ResponseWriter, req *http.Request, who admin.Actor) error {
	kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || kind != "application/xml" && kind != "text/xml" {
		return problem{kind: media, detail: "send application/xml"}
	}
	if v := tags(req.Header.Values("If-Match")); len(v) > 0 && !slices.Contains(v, anything) {
		return problem{kind: string(admin.Changed), detail: "nothing here has an ETag"}
	}
	if err := knownParameters(req, "merge", "dry_run"); err != nil {
		return err
	}
	var r admin.ImportData
	if r.Merge, err = flagOf(req, "merge"); err == nil {
		r.DryRun, err = flagOf(req, "dry_run")
	}
	if err != nil {
		return err
	}
	if _, busy := a.importing.LoadOrStore(who.Domain, true); busy {
		return problem{kind: string(admin.Conflict), detail: "an import runs already; wait until it is done", reason: admin.Reason{Code: "import-busy"}}
	}
	defer a.importing.Delete(who.Domain)
	file, err := a.Admin.Spool(&steady{body: http.MaxBytesReader(w, req.Body, maxImport), out: http.NewResponseController(w), begun: time.Now()})
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return problem{kind: large, detail: fmt.Sprintf("a file may have %d bytes; the command line takes larger ones: myna import", int64(maxImport))}
	case errors.Is(err, admin.ErrSpool):
		return err // ours
	case err != nil:
		return problem{kind: malformed, detail: "the file did not arrive whole"}
	}
	defer file.Close()
	work := func(progress func(admin.Progress)) (any, error) {
		return a.Admin.ImportData(req.Context(), who, r, file, progress)
	}
	if req.Header.Get("Accept") == lines {
		a.tellProgress(w, "import", work)
		return nil
	}
	out := unhurry(w)
	result, err := work(func(admin.Progress) {})
	if err != nil {
		return err
	}
	b, err := json.Marshal(result)
	if err != nil {
		return err
	}
	head(w, "application/json")
	_, _ = out.Write(append(b, '\n')) // nobody is left to tell
	return nil
}
