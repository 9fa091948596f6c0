package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"myna/admin"
)

// The kinds of problems, by the last part of their type (RFC 9457 § 3.1.1). They stay the same for ever.
const (
	malformed    = "malformed"
	unauthorized = "unauthorized"
	encryption   = "encryption-required"
	forged       = "not-from-here"
	attempts     = "too-many-attempts"
	method       = "method-not-allowed"
	media        = "unsupported-media-type"
	large        = "too-large"
	notFound     = string(admin.NotFound)
)

// kinds are all problems.
func kinds() map[string]struct {
	status      int
	title, text string
} {
	return map[string]struct {
		status      int
		title, text string
	}{
		malformed:               {400, "The request cannot be read", "The body is no JSON object, or a parameter is none. Sending the same again does not help."},
		unauthorized:            {401, "A valid key is needed", "Send one as Authorization: Bearer KEY; myna key create makes one. On the admin page: sign in."},
		forged:                  {403, "The request does not come from the admin page", "Cookies of the admin page are for that page alone; programs use keys."},
		string(admin.Forbidden): {403, "The key may not do this", "A key of a domain does nothing to other domains, nor to administrators of the server."},
		encryption:              {403, "The connection is not encrypted", "Keys are sent inside TLS only, or from the machine itself."},
		notFound:                {404, "There is no such thing", "It is not there, or it is not of the domain of the key."},
		method:                  {405, "The path has other methods", "The header Allow lists them."},
		string(admin.Conflict):  {409, "It does not fit what is there", "The address is taken, or the thing is not in a state for this. The detail says what to do."},
		string(admin.Changed):   {412, "It was changed meanwhile", "If-Match or If-None-Match does not hold. Read it again, and decide anew."},
		large:                   {413, "The request is too large", "Split it."},
		media:                   {415, "The body has another type", "Send application/json."},
		string(admin.Invalid):   {422, "A value is not possible", "The detail says which, and what is."},
		attempts:                {429, "Too many wrong keys", "The address has to wait; the header Retry-After says how many seconds."},
		string(admin.Internal):  {500, "The server failed", "Its log says why. The same request may succeed later."},
	}
}

// problem is an error as programs see it.
type problem struct {
	kind, detail string
	reason       admin.Reason
	refused      []admin.Refused // lines of an import
}

// Error is the detail.
func (p problem) Error() string { return p.kind + ": " + p.detail }

// body is a problem on the wire (RFC 9457 § 3.1).
type body struct {
	Type    string          `json:"type"`
	Title   string          `json:"title"`
	Status  int             `json:"status"`
	Detail  string          `json:"detail,omitempty"`
	Code    string          `json:"code,omitempty"`   // says more than the type, and stays the same, too
	Values  []string        `json:"values,omitempty"` // what stands in the detail, in its order
	Refused []admin.Refused `json:"refused,omitempty"`
}

// body is what is told of an error. What nobody may see is logged.
func (a *api) body(operation string, err error) body {
	var p problem
	var e *admin.Error
	switch {
	case errors.As(err, &p):
	case errors.As(err, &e):
		p = problem{kind: string(e.Kind), detail: e.Text, reason: e.Reason}
	default:
		a.Log.Error("administrative operation failed", "operation", operation, "door", "api", "err", err)
		p = problem{kind: string(admin.Internal)}
	}
	k := kinds()[p.kind]
	return body{"/api/problems/" + p.kind, k.title, k.status, p.detail, p.reason.Code, p.reason.Values, p.refused}
}

// refuse answers with a problem.
func (a *api) refuse(w http.ResponseWriter, operation string, err error) {
	told := a.body(operation, err)
	switch told.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="myna"`) // RFC 6750 § 3
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "60")
	}
	b, err := json.Marshal(told)
	if err != nil { // texts and numbers can be written
		told.Status = http.StatusInternalServerError
	}
	head(w, "application/problem+json")
	w.WriteHeader(told.Status)
	_, _ = w.Write(append(b, '\n')) // nobody is left to tell
}

// explain says what a type of problem is.
func (a *api) explain(w http.ResponseWriter, req *http.Request) {
	k, ok := kinds()[req.PathValue("name")]
	if !ok {
		a.refuse(w, "", problem{kind: notFound, detail: "there is no such type of problem"})
		return
	}
	head(w, "text/plain; charset=utf-8")
	fmt.Fprintf(w, "%d %s.\n%s\n", k.status, k.title, k.text)
}
