package c2s

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxUpgrades is how many tasks a client may ask for.
const maxUpgrades = 16

// readUpgrade reads a task that the client is ready for (XEP-0480 § 2.2).
func (q *request) readUpgrade(e *xmpp.Element) error {
	if len(q.upgrades) >= maxUpgrades {
		return &SASLFailure{Condition: "malformed-request", Text: "Too many tasks."}
	}
	if name := e.Text(); !slices.Contains(q.upgrades, name) {
		q.upgrades = append(q.upgrades, name)
	}
	return nil
}

// upgrade has the client make the verifiers that its account lacks, one task after another (XEP-0480 § 2.2, XEP-0388
// § 2.6.3). data is what success would have said; what is left of it for success is returned. ok is false for a client that
// has not done what it offered: it was told so, and has not signed in.
func (st *clientStream) upgrade(q *request, x Exchange, data []byte) (rest []byte, ok bool, err error) {
	for _, name := range q.upgrades {
		t, due := x.Task(name)
		if !due {
			continue
		}
		e := xmpp.El(ns.SASL2, "continue")
		if data != nil {
			e.Add(saslData(ns.SASL2, "additional-data", data))
			data = nil
		}
		e.Add(xmpp.El(ns.SASL2, "tasks", xmpp.El(ns.SASL2, "task").AddText(name)))
		if err := st.tell(e); err != nil {
			return nil, false, err
		}
		err := st.task(name, t)
		if err != nil {
			return nil, false, st.saslFailure(ns.SASL2, err)
		}
	}
	return data, true, nil
}

// task is one task of XEP-0480 § 3. Its error is a *SASLFailure, or ends the stream.
func (st *clientStream) task(name string, t Task) error {
	next, err := st.taskElement("next")
	if err != nil {
		return err
	}
	if xmpp.Unescape(next.Attr("task")) != name {
		return &SASLFailure{Condition: "malformed-request", Text: "This is not the task."}
	}
	salt := xmpp.El(ns.ScramUpgrade, "salt").Set("iterations", strconv.Itoa(t.Iterations)).AddText(base64.StdEncoding.EncodeToString(t.Salt))
	if err := st.tell(xmpp.El(ns.SASL2, "task-data", salt)); err != nil {
		return err
	}
	done, err := st.taskElement("task-data")
	if err != nil {
		return err
	}
	c := done.Find(ns.ScramUpgrade, "hash")
	if c == nil {
		return &SASLFailure{Condition: "malformed-request"}
	}
	e, err := done.Element(c)
	if err != nil {
		return &SASLFailure{Condition: "malformed-request"}
	}
	salted, err := decodeText(strings.TrimSpace(e.Text()))
	if err != nil {
		return err
	}
	return t.Finish(st.srv.ctx, salted)
}

// taskElement reads the client's next element of a task.
func (st *clientStream) taskElement(local string) (*xmpp.Stanza, error) {
	el, err := st.next()
	switch {
	case err != nil:
		return nil, err
	case el.Name == xmpp.Name{Space: ns.SASL2, Local: local}:
		return el, nil
	case el.Name == xmpp.Name{Space: ns.SASL2, Local: "abort"}: // XEP-0388 § 4.5
		return nil, &SASLFailure{Condition: "aborted"}
	}
	return nil, stream.NotAuthorized // XEP-0388 § 2.4, § 4.8
}
