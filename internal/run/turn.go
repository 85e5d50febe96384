package run

import (
	"fmt"
	"regexp"
	"strconv"
)

// Random supplies random numbers for ids and turns.
type Random func() uint32

// NewID returns the id of a new run: 8 random hex digits.
func NewID(random Random) string { return fmt.Sprintf("%08x", random()) }

// Turn orders the messages of one run: "<4 digits>-<8 random hex digits>",
// compared as text. Of two messages, the one with the higher turn may work.
type Turn string

var (
	idForm   = regexp.MustCompile(`^[0-9a-f]{8}$`)
	turnForm = regexp.MustCompile(`^[0-9]{4}-[0-9a-f]{8}$`)
)

// ParseTurn reads a turn.
func ParseTurn(text string) (Turn, error) {
	if !turnForm.MatchString(text) {
		return "", fmt.Errorf("turn %q: want 4 digits, a dash and 8 hex digits", text)
	}
	return Turn(text), nil
}

const lastTurn = 9999

// FirstTurn returns the turn of a run's first message.
func FirstTurn(random Random) Turn { return turn(1, random) }

// Next returns a turn that is higher than t.
func (t Turn) Next(random Random) Turn {
	n, _ := strconv.Atoi(string(t[:4]))
	return turn(min(n+1, lastTurn), random)
}

// Hold returns the turn of a run that is held after t: higher than that of every
// message so far, and lower than Next's.
func (t Turn) Hold() Turn { return t.Next(func() uint32 { return 0xffffffff }) }

func turn(n int, random Random) Turn { return Turn(fmt.Sprintf("%04d-%08x", n, random())) }
