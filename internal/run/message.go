package run

import (
	"bytes"
	"encoding/json"
	"fmt"

	"tenantrollup/internal/report"
)

// Message asks for a slice of a run. It travels as JSON through the queue.
type Message struct {
	Run    string      `json:"run"`
	Turn   Turn        `json:"turn"`
	Report string      `json:"report"`
	Call   string      `json:"call"`
	Date   report.Date `json:"date"`
	Scope  Scope       `json:"scope"`
}

// Key returns the run's key.
func (m Message) Key() Key { return Key{Report: m.Report, Date: m.Date} }

// ParseMessage reads a queue message. An error names the field that is wrong.
func ParseMessage(text []byte) (Message, error) {
	var m Message
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return Message{}, fmt.Errorf("queue message: %w; want a JSON object with run, turn, report, call, date and scope", err)
	}
	if err := m.check(); err != nil {
		return Message{}, fmt.Errorf("queue message: %w", err)
	}
	return m, nil
}

func (m Message) check() error {
	if !idForm.MatchString(m.Run) {
		return fmt.Errorf("run %q: want 8 hex digits", m.Run)
	}
	if !turnForm.MatchString(string(m.Turn)) {
		return fmt.Errorf("turn %q: want 4 digits, a dash and 8 hex digits", m.Turn)
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
	switch m.Scope {
	case ScopeMissing, ScopeAll, ScopeFailed:
		return nil
	}
	return fmt.Errorf("scope %q: want missing, all or failed", m.Scope)
}
