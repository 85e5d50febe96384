package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"

	"tenantrollup/internal/report"
)

// Message asks for a slice of a run. The queue holds it as JSON.
type Message struct {
	Run    string      `json:"run"`
	Turn   Turn        `json:"turn"`
	Report string      `json:"report"`
	Call   string      `json:"call"`
	Date   report.Date `json:"date"`
	Scope  Scope       `json:"scope"`
	Note   string      `json:"note,omitempty"` // for the record of the run that it creates; ASCII
}

// Message asks for a slice of the checkpoint's run, under this turn. The record has
// the note already.
func (c Checkpoint) Message(key Key, turn Turn) Message {
	return Message{Run: c.Run, Turn: turn, Report: key.Report, Call: c.Call, Date: key.Date, Scope: c.Scope}
}

// Key returns the key of the run.
func (m Message) Key() Key { return Key{Report: m.Report, Date: m.Date} }

// ParseMessage reads a queue message. An error names the field that is wrong.
func ParseMessage(text []byte) (Message, error) {
	var m Message
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&m)
	if _, more := decoder.Token(); err == nil && more != io.EOF {
		err = errors.New("there is more after the object")
	}
	if err != nil {
		return Message{}, fmt.Errorf("queue message: %s; want a JSON object with run, turn, report, call, date and scope", Clip(err.Error(), longestProblem))
	}
	if err := m.check(); err != nil {
		return Message{}, fmt.Errorf("queue message: %s", Clip(err.Error(), longestProblem))
	}
	return m, nil
}

// longestProblem keeps a wrong message of 64 KiB out of the log, which has a
// line for each of its ten deliveries.
const longestProblem = 400

func (m Message) check() error {
	if !idForm.MatchString(m.Run) {
		return fmt.Errorf("run %q: want 8 hex digits", m.Run)
	}
	if _, err := ParseTurn(string(m.Turn)); err != nil {
		return err
	}
	if err := report.ValidName(m.Report); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if _, err := report.Parse(m.Call); err != nil {
		return fmt.Errorf("call: %w", err)
	}
	if _, err := report.ParseDate(string(m.Date)); err != nil {
		return err
	}
	if !knownScope(string(m.Scope)) {
		return fmt.Errorf("scope %q: want missing, all or failed", m.Scope)
	}
	if !noteForm.MatchString(m.Note) {
		return fmt.Errorf("note %q: want at most 400 characters of ASCII", m.Note)
	}
	return nil
}

var noteForm = regexp.MustCompile(`^[!-~ ]{0,400}$`)
