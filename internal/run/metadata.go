package run

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// metadataVersion is the version of the checkpoint's text form.
const metadataVersion = "1"

// metadataLimit is how many bytes all keys and values may have together. Azure
// takes 8 KB.
const metadataLimit = 7500

// DeferredLimit is how many customers a run may have set aside at once.
const DeferredLimit = 50

// Metadata returns the checkpoint as blob metadata: keys are lower case, values
// ASCII, lists joined by commas, and keys without a value absent. The reason is cut to
// the room that is left. More than 7,500 bytes, or a value that is not ASCII, is an
// error that names the key.
func (c Checkpoint) Metadata() (map[string]string, error) {
	metadata := c.withoutReason()
	metadata["reason"] = asciiReason(c.Reason, min(reasonLimit, c.Room()-len("reason")))
	return checkMetadata(metadata)
}

// Room returns how many bytes the checkpoint's metadata may still grow, not counting
// the reason.
func (c Checkpoint) Room() int {
	room := metadataLimit
	for key, value := range c.withoutReason() {
		if value != "" {
			room -= len(key) + len(value)
		}
	}
	return room
}

func (c Checkpoint) withoutReason() map[string]string {
	metadata := map[string]string{
		"version":   metadataVersion,
		"run":       c.Run,
		"turn":      string(c.Turn),
		"state":     string(c.State),
		"scope":     string(c.Scope),
		"call":      c.Call,
		"slices":    strconv.Itoa(c.Slices),
		"restarts":  strconv.Itoa(c.Restarts),
		"cursor":    strconv.Itoa(c.Cursor),
		"customers": strconv.Itoa(c.Customers),
		"withdata":  strconv.Itoa(c.WithData),
		"nodata":    strconv.Itoa(c.NoData),
		"failed":    strconv.Itoa(c.Failed),
		"excluded":  strconv.Itoa(c.Excluded),
		"rows":      strconv.Itoa(c.Rows),
		"classes":   joinClasses(c.Classes),
		"blocks":    joinBlocks(c.Blocks),
		"deferred":  joinDeferred(c.Deferred),
		"columns":   joinColumns(c.Columns),
		"unseen":    joinColumns(c.Unseen),
		"md5":       base64.RawURLEncoding.EncodeToString(c.MD5),
		"started":   c.Started.UTC().Format(time.RFC3339),
		"updated":   c.Updated.UTC().Format(time.RFC3339),
		"settings":  c.Settings,
		"note":      c.Note,
		"accept":    string(c.Accept),
		"asked":     c.Asked.text(),
		"refusal":   c.Refusal,
	}
	if c.List > 0 {
		metadata["list"] = strconv.Itoa(c.List)
	}
	if c.Refreshed != (Span{}) {
		metadata["refreshed"] = joinSpan(c.Refreshed)
	}
	return metadata
}

// Metadata returns the base as metadata of the customer list.
func (b Base) Metadata() map[string]string {
	metadata := map[string]string{
		"withdata": strconv.Itoa(b.WithData),
		"rows":     strconv.Itoa(b.Rows),
		"classes":  joinClasses(b.Classes),
		"md5":      base64.RawURLEncoding.EncodeToString(b.MD5),
		"sources":  joinSources(b.Sources),
		"notes":    joinColumns(b.Notes),
	}
	if b.Refreshed != (Span{}) {
		metadata["refreshed"] = joinSpan(b.Refreshed)
	}
	return metadata
}

func joinSources(sources Sources) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		parts = append(parts, fmt.Sprintf("%s:%d", name, sources[name]))
	}
	return strings.Join(parts, ",")
}

func joinSpan(span Span) string { return string(span.Oldest) + "/" + string(span.Newest) }

func checkMetadata(metadata map[string]string) (map[string]string, error) {
	size, largest := 0, ""
	for key, value := range metadata {
		if value == "" {
			delete(metadata, key)
			continue
		}
		if i := strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			return nil, fmt.Errorf("metadata key %s: %q has a character that blob metadata cannot hold; want ASCII", key, value)
		}
		if value != strings.TrimSpace(value) {
			return nil, fmt.Errorf("metadata key %s: %q begins or ends with a space", key, value)
		}
		size += len(key) + len(value)
		if len(value) > len(metadata[largest]) {
			largest = key
		}
	}
	if size > metadataLimit {
		return nil, fmt.Errorf("metadata key %s: its %d bytes bring the checkpoint to %d, more than the %d that a blob's metadata may have",
			largest, len(metadata[largest]), size, metadataLimit)
	}
	return metadata, nil
}

func joinClasses(classes Classes) string {
	var parts []string
	for _, class := range classes.Sorted() {
		parts = append(parts, fmt.Sprintf("%s:%d", class, classes[class]))
	}
	return strings.Join(parts, ",")
}

func joinBlocks(blocks []Staged) string {
	var parts []string
	for _, s := range blocks {
		parts = append(parts, fmt.Sprintf("%d:%d/%d", s.Slice, s.CSV, s.Log))
	}
	return strings.Join(parts, ",")
}

func joinDeferred(deferred []Deferral) string {
	var parts []string
	for _, d := range deferred {
		parts = append(parts, fmt.Sprintf("%d:%d:%s", d.Index, d.Tries, d.Class))
	}
	return strings.Join(parts, ",")
}

// columnsLimit leaves room for the rest of the checkpoint.
const columnsLimit = 4500

// ColumnsFit reports whether a record has room for the columns. Pass a name twice
// if it is also listed as unseen.
func ColumnsFit(columns ...string) bool { return len(joinColumns(columns)) <= columnsLimit }

func joinColumns(columns []string) string {
	parts := make([]string, len(columns))
	for i, name := range columns {
		parts[i] = url.PathEscape(name)
	}
	return strings.Join(parts, ",")
}

// reasonLimit leaves room for the rest of the checkpoint.
const reasonLimit = 600

// dots are how ASCII shows that something was left out.
var dots = strings.NewReplacer("…", "...")

// asciiReason returns the reason with at most that many bytes, or as dots if there is
// no room.
func asciiReason(reason string, most int) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, dots.Replace(Clip(dots.Replace(reason), max(most-len("..."), 0))))
	return strings.TrimSpace(ascii)
}
