package sqldb

import (
	"encoding/json"
	"fmt"
	"time"

	"myna/xmpp"
)

// micros is how times are stored: microseconds since the epoch, 0 for no time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// flag is how truth is stored.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// blob keeps apart what is missing and what is empty.
func blob(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

// full is for columns that always have bytes.
func full(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// address reads a stored address; "" is none.
func address(s string) (xmpp.JID, error) {
	if s == "" {
		return xmpp.JID{}, nil
	}
	return xmpp.ParseJID(s)
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // only strings, numbers and lists of them are stored so
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return string(b)
}

func decode(s string, v any) error {
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	return nil
}

// addresses turns strings into addresses and back.
func addresses(list []string) ([]xmpp.JID, error) {
	var out []xmpp.JID
	for _, s := range list {
		j, err := xmpp.ParseJID(s)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, nil
}

func texts(list []xmpp.JID) []string {
	out := make([]string, len(list))
	for i, j := range list {
		out[i] = j.String()
	}
	return out
}
