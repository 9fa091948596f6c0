package account

// Condition is a SASL error condition (RFC 6120 § 6.5).
type Condition string

// The conditions, by the name of their element.
const (
	Aborted              Condition = "aborted"                // § 6.5.1
	AccountDisabled      Condition = "account-disabled"       // § 6.5.2
	CredentialsExpired   Condition = "credentials-expired"    // § 6.5.3
	EncryptionRequired   Condition = "encryption-required"    // § 6.5.4
	IncorrectEncoding    Condition = "incorrect-encoding"     // § 6.5.5
	InvalidAuthzid       Condition = "invalid-authzid"        // § 6.5.6
	InvalidMechanism     Condition = "invalid-mechanism"      // § 6.5.7
	MalformedRequest     Condition = "malformed-request"      // § 6.5.8
	MechanismTooWeak     Condition = "mechanism-too-weak"     // § 6.5.9
	NotAuthorized        Condition = "not-authorized"         // § 6.5.10
	TemporaryAuthFailure Condition = "temporary-auth-failure" // § 6.5.11
)

// Failure is why somebody could not sign in, as the client may see it.
type Failure struct {
	Condition Condition
	Text      string // English, for people; may be empty
	// ForeignBinding tells that the cause was a type of channel binding that the channel does not have, and nothing else.
	ForeignBinding bool
}

// Error says the condition and the text.
func (f *Failure) Error() string {
	if f.Text == "" {
		return "sign in: " + string(f.Condition)
	}
	return "sign in: " + string(f.Condition) + ": " + f.Text
}

func fail(c Condition, text string) *Failure { return &Failure{Condition: c, Text: text} }

func malformed(text string) *Failure { return fail(MalformedRequest, text) }

// notAuthorized is the same for every cause that depends on the account or the password.
func notAuthorized() *Failure { return fail(NotAuthorized, "") }
