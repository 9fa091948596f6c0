package xmpp

import (
	"errors"
	"strconv"

	"mellium.im/xmpp/stanza"
)

// nsStanzas qualifies the conditions of stanza errors (RFC 6120 § 8.3).
const nsStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"

// errorTypes holds the type that RFC 6120 § 8.3.3 gives each condition.
var errorTypes = map[stanza.Condition]stanza.ErrorType{
	stanza.BadRequest:            stanza.Modify,
	stanza.Conflict:              stanza.Cancel,
	stanza.FeatureNotImplemented: stanza.Cancel,
	stanza.Forbidden:             stanza.Auth,
	stanza.Gone:                  stanza.Cancel,
	stanza.InternalServerError:   stanza.Cancel,
	stanza.ItemNotFound:          stanza.Cancel,
	stanza.JIDMalformed:          stanza.Modify,
	stanza.NotAcceptable:         stanza.Modify,
	stanza.NotAllowed:            stanza.Cancel,
	stanza.NotAuthorized:         stanza.Auth,
	stanza.PolicyViolation:       stanza.Modify,
	stanza.RecipientUnavailable:  stanza.Wait,
	stanza.Redirect:              stanza.Modify,
	stanza.RegistrationRequired:  stanza.Auth,
	stanza.RemoteServerNotFound:  stanza.Cancel,
	stanza.RemoteServerTimeout:   stanza.Wait,
	stanza.ResourceConstraint:    stanza.Wait,
	stanza.ServiceUnavailable:    stanza.Cancel,
	stanza.SubscriptionRequired:  stanza.Auth,
	stanza.UndefinedCondition:    stanza.Cancel,
	stanza.UnexpectedRequest:     stanza.Wait,
}

// Refusal is the stanza error that a handler returns: mellium's error with, where a specification defines one, an
// application-specific condition beside it (RFC 6120 § 8.3.4).
type Refusal struct {
	Stanza stanza.Error
	Code   int // of the time before conditions (XEP-0086), where a specification asks for it; 0: none
	App    *Element
	Where  string   // the new address in gone and redirect (RFC 6120 § 8.3.3.5, § 8.3.3.14); "": none
	Echo   *Element // what of the refused stanza stands before the error (RFC 6120 § 8.3.1); nil: nothing
}

// Error says the condition and the text.
func (r *Refusal) Error() string { return r.Stanza.Error() }

// Unwrap lets errors.As find the stanza.Error.
func (r *Refusal) Unwrap() error { return r.Stanza }

// Refuse makes a stanza error with the condition's usual type and an English text for people; text may be empty.
func Refuse(c stanza.Condition, text string) *Refusal {
	r := &Refusal{Stanza: stanza.Error{Type: errorTypes[c], Condition: c}}
	if text != "" {
		r.Stanza.Text = map[string]string{"en": text}
	}
	return r
}

// WithType changes the error's type where a specification asks for another than the usual.
func (r *Refusal) WithType(t stanza.ErrorType) *Refusal {
	r.Stanza.Type = t
	return r
}

// WithApp adds an application-specific condition.
func (r *Refusal) WithApp(e *Element) *Refusal {
	r.App = e
	return r
}

// ErrorElement is the <error/> that a client may see for err. Errors that are no stanza errors become
// internal-server-error without a word of their cause; seen tells whether err was fit to be seen.
func ErrorElement(err error) (e *Element, seen bool) {
	var r *Refusal
	if !errors.As(err, &r) {
		r = &Refusal{}
		if !errors.As(err, &r.Stanza) {
			e, _ = ErrorElement(Refuse(stanza.InternalServerError, ""))
			return e, false
		}
	}
	if r.Stanza.Type == "" {
		r.Stanza.Type = errorTypes[r.Stanza.Condition]
	}
	e = El("jabber:client", "error").Set("type", string(r.Stanza.Type))
	if r.Code != 0 {
		e.Set("code", strconv.Itoa(r.Code))
	}
	if by := r.Stanza.By.String(); by != "" {
		e.Set("by", by)
	}
	condition := El(nsStanzas, string(r.Stanza.Condition))
	if r.Where != "" {
		condition.AddText(r.Where)
	}
	e.Add(condition)
	for lang, text := range r.Stanza.Text {
		t := El(nsStanzas, "text").AddText(text)
		if lang != "" {
			t.Attrs = append(t.Attrs, Attr{Space: nsXML, Local: "lang", Value: lang})
		}
		e.Add(t)
	}
	return e.Add(r.App), true
}

// ErrorReply is the frame that answers s with err: addresses swapped, type "error", the same id (RFC 6120 § 8.3.1).
// It is false for stanzas that must not be answered with an error: errors themselves and IQ results.
func ErrorReply(s *Stanza, err error) (Frame, bool) {
	if s.Type == TypeError || s.Kind == IQ && s.Type == TypeResult || s.Kind == NoStanza {
		return Frame{}, false
	}
	e := El("jabber:client", s.Kind.String())
	if !s.To.IsZero() {
		e.Set("from", s.To.String())
	}
	if !s.From.IsZero() {
		e.Set("to", s.From.String())
	}
	if id := s.ID(); id != "" {
		e.Set("id", id)
	}
	body, _ := ErrorElement(err)
	var r *Refusal
	if errors.As(err, &r) {
		e.Add(r.Echo)
	}
	return FrameOf(e.Set("type", TypeError).Add(body)), true
}
