package signup

import "fmt"

// Reason is why somebody gets no account.
type Reason string

// The reasons.
const (
	Closed   Reason = "closed"   // there are no accounts to be had this way
	BadToken Reason = "token"    // no invitation, or one that is not good any more
	BadName  Reason = "name"     // this cannot be a name
	Taken    Reason = "taken"    // somebody has this name, or it is not to be had
	Other    Reason = "other"    // the invitation is for another name
	Weak     Reason = "password" // this cannot be the password
	Slow     Reason = "slow"     // too many attempts that failed
	Enough   Reason = "enough"   // too many accounts
)

// Refusal is why somebody gets no account. Text is a sentence in English for them.
type Refusal struct {
	Reason Reason
	Text   string
}

// Error says the reason and the text.
func (r *Refusal) Error() string { return "sign up: " + string(r.Reason) + ": " + r.Text }

func refuse(r Reason, format string, args ...any) error {
	return &Refusal{r, fmt.Sprintf(format, args...)}
}

func badToken() error { return refuse(BadToken, "This invitation is not valid, or not any more.") }

func closed() error { return refuse(Closed, "Accounts are made by the administrator here.") }
