package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// maxBody bounds a request: the import of 200,000 accounts.
const maxBody = 64 << 20

// maxSocket is the longest name of a socket that all systems take (sockaddr_un on macOS).
const maxSocket = 103

// Listen makes the socket of the command line: only the server's own user may open it. A socket that a dead server left
// is replaced; that of a living one is an error.
func Listen(socket string) (net.Listener, error) {
	if len(socket) > maxSocket {
		return nil, fmt.Errorf("listen on admin socket: %s is longer than the %d bytes that a socket's name can have; set listen.admin_socket to a shorter path",
			socket, maxSocket)
	}
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		return nil, fmt.Errorf("listen on admin socket: %w", err)
	}
	if conn, err := net.DialTimeout("unix", socket, time.Second); err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("listen on admin socket: a server runs already (%s)", socket)
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		if err := os.Remove(socket); err != nil {
			return nil, fmt.Errorf("listen on admin socket: %w", err)
		}
	}
	// The directory belongs to us; between Listen and Chmod its mode keeps others out where it is ours alone.
	l, err := net.Listen("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("listen on admin socket: %w", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("listen on admin socket: %w", err), l.Close())
	}
	return l, nil
}

// Commands are what the socket offers beside the operations: things of the process.
type Commands struct {
	// Reload reads the configuration anew; it returns what was changed, in words.
	Reload func(context.Context) ([]string, error)
}

// SocketHandler serves operations as POST /v1/NAME with a JSON object, answered by a JSON value, for actor. Long ones
// answer with lines of JSON: {"progress":…} and at last {"result":…} or {"error":…}. An error has a status above 399 and
// {"error":{"kind":…,"text":…}}.
func SocketHandler(a *Admin, who Actor, c Commands, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	for _, o := range Ops() {
		mux.HandleFunc("POST /v1/"+o.Name, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
			if err != nil {
				writeError(w, log, o.Name, refuse(Invalid, "unreadable", "the request cannot be read: %v", err))
				return
			}
			if o.Streams {
				stream(w, r, a, who, o, body, log)
				return
			}
			result, err := o.run(r.Context(), a, who, body, func(Progress) {})
			if err != nil {
				writeError(w, log, o.Name, err)
				return
			}
			writeJSON(w, http.StatusOK, result)
		})
	}
	mux.HandleFunc("POST /v1/"+exportPath, func(w http.ResponseWriter, r *http.Request) {
		var asked ExportData
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = decode(body, &asked)
		}
		if err != nil {
			writeError(w, log, exportPath, err)
			return
		}
		export(w, r, a, who, asked, log)
	})
	mux.HandleFunc("POST /v1/"+importPath, func(w http.ResponseWriter, r *http.Request) { importData(w, r, a, who, log) })
	mux.HandleFunc("POST /v1/reload", func(w http.ResponseWriter, r *http.Request) {
		if c.Reload == nil {
			writeError(w, log, "reload", refuse(Conflict, "no-reload-here", "this server cannot reload"))
			return
		}
		changed, err := c.Reload(r.Context())
		if err != nil {
			writeError(w, log, "reload", refuse(Invalid, "reload-failed", "nothing was changed: %v", err))
			return
		}
		writeJSON(w, http.StatusOK, Reloaded{changed})
	})
	return mux
}

// exportPath is the part of the path of an export. Its answer is a file, and so it is no operation.
const exportPath = "account.export"

// export sends an account as a file, which is cut off where it cannot be written whole.
func export(w http.ResponseWriter, r *http.Request, a *Admin, who Actor, asked ExportData, log *slog.Logger) {
	e, err := a.BeginExport(r.Context(), who, asked)
	if err != nil {
		writeError(w, log, exportPath, err)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	if err := a.Export(r.Context(), e, w); err != nil {
		log.Error("export ended early", "account", e.Account.String(), "err", err)
		panic(http.ErrAbortHandler)
	}
}

// importPath is the part of the path of an import. What is sent is the file, and the request stands in the address.
const importPath = "account.import-data"

// importData takes a file, as large as it may be, and tells how far it is.
func importData(w http.ResponseWriter, r *http.Request, a *Admin, who Actor, log *slog.Logger) {
	var asked ImportData
	err := decode([]byte(r.URL.Query().Get("request")), &asked)
	if err != nil {
		writeError(w, log, importPath, err)
		return
	}
	file, err := a.Spool(r.Body)
	if err != nil {
		writeError(w, log, importPath, refuse(Invalid, "import-cut", "the file did not arrive: %v", err))
		return
	}
	defer file.Close()
	streamed(w, importPath, log, func(progress func(Progress)) (any, error) {
		return a.ImportData(r.Context(), who, asked, file, progress)
	})
}

// Reloaded tells what a reload changed.
type Reloaded struct {
	Changed []string `json:"changed"`
}

// answer is a line of a streamed response, or the body of an error.
type answer struct {
	Progress *Progress       `json:"progress,omitempty"`
	Result   json.RawMessage `json:"result,omitempty"`
	Error    *Error          `json:"error,omitempty"`
}

func stream(w http.ResponseWriter, r *http.Request, a *Admin, who Actor, o Op, body []byte, log *slog.Logger) {
	streamed(w, o.Name, log, func(progress func(Progress)) (any, error) { return o.run(r.Context(), a, who, body, progress) })
}

// streamed answers with what f tells, and at last with what it returns.
func streamed(w http.ResponseWriter, name string, log *slog.Logger, f func(progress func(Progress)) (any, error)) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	lines := json.NewEncoder(w)
	flusher := http.NewResponseController(w)
	send := func(x answer) {
		if err := lines.Encode(x); err == nil { // a client that has gone ends the request's context
			_ = flusher.Flush()
		}
	}
	result, err := f(func(p Progress) { send(answer{Progress: &p}) })
	if err == nil {
		var b []byte
		if b, err = json.Marshal(result); err == nil {
			send(answer{Result: b})
			return
		}
	}
	send(answer{Error: shown(log, name, err)})
}

// shown is what a caller is told of an error. The socket's caller administers the server, so the cause is told.
func shown(log *slog.Logger, name string, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	log.Error("administrative operation failed", "operation", name, "err", err)
	return &Error{Kind: Internal, Text: err.Error()}
}

func writeError(w http.ResponseWriter, log *slog.Logger, name string, err error) {
	e := shown(log, name, err)
	writeJSON(w, e.Kind.HTTPStatus(), answer{Error: e})
}

// HTTPStatus is the status code of a kind of error.
func (k Kind) HTTPStatus() int {
	switch k {
	case NotFound:
		return http.StatusNotFound
	case Conflict:
		return http.StatusConflict
	case Invalid:
		return http.StatusUnprocessableEntity
	case Forbidden:
		return http.StatusForbidden
	case Changed:
		return http.StatusPreconditionFailed
	}
	return http.StatusInternalServerError
}

func writeJSON(w http.ResponseWriter, status int, x any) {
	b, err := json.Marshal(x)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":{"kind":"internal","text":"the answer cannot be written"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // nobody is left to tell
}
