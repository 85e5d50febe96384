package report

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	collectionExample = "/users?$select=id,displayName&$top=500"

	// maxCollection is the longest collection in bytes, for the same reason as
	// maxCmdlet.
	maxCollection = maxCmdlet
)

// parseCollection reads the path of a collection below /v1.0, with its query.
func parseCollection(text string) (Call, error) {
	if strings.ContainsAny(text, singleQuotes[1:]+doubleQuotes[1:]) {
		return Call{}, errors.New("it has typographic quotes: want straight ones, or %E2%80%99 where a value has a ’")
	}
	path, after, _ := strings.Cut(text, "?")
	path, err := parsePath(path)
	if err != nil {
		return Call{}, err
	}
	asked, err := parseQuery(after)
	if err != nil {
		return Call{}, err
	}
	if needsCount(path, asked) {
		asked = append(asked, option{optionCount, "true"})
	}
	call := Call{kind: collectionCall, function: lastSegment(path), path: path, parameters: asked.String()}
	if len(call.String()) > maxCollection {
		return Call{}, fmt.Errorf("it is %d bytes long: want %d at most", len(call.String()), maxCollection)
	}
	return call, nil
}

// segmentForm is one segment of a path: a name, perhaps followed by parameters, as
// functions have them.
var segmentForm = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\(.*\))?$`)

// parsePath checks a path that begins with a slash, and returns its canonical
// text.
func parsePath(path string) (string, error) {
	path = strings.TrimRight(strings.TrimSpace(path), "/")
	segments := splitOutside(path, '/', -1)[1:]
	if len(segments) == 0 {
		return "", errors.New("the path is empty: want a collection of Graph v1.0, such as " + collectionExample)
	}
	for i, segment := range segments {
		if strings.TrimSpace(segment) != segment {
			return "", fmt.Errorf(`%q: want no space in a path, and ";" between two reports`, clip(path))
		}
		decoded, err := decode(segment)
		if err != nil {
			return "", err
		}
		if decoded, err = checkBraces(decoded); err != nil {
			return "", err
		}
		if err := checkSegment(decoded, i == 0); err != nil {
			return "", err
		}
		segments[i] = strings.ReplaceAll(encode(decoded), "/", "%2F")
	}
	return documentedPath("/" + strings.Join(segments, "/")), nil
}

func checkSegment(segment string, first bool) error {
	switch {
	case segment == "":
		return errors.New(`two slashes in a row: want one`)
	case first && strings.EqualFold(segment, "me"):
		return errors.New("/me is the user who has signed in, and the app signs in without one: want a collection, such as /users")
	case strings.EqualFold(segment, "content"):
		return errors.New("content is a file, and a report is made of rows: want the path before it")
	case strings.HasPrefix(segment, "$"):
		return fmt.Errorf("%s is not a collection: want the path before it, such as /users", clip(segment))
	case strings.Contains(segment, "|"):
		return errors.New("a collection is not piped to anything: want $select to choose columns, as in " + collectionExample)
	case strings.Contains(segment, ",") && !strings.Contains(segment, "("):
		return betweenReports("/" + segment)
	case strings.ContainsFunc(segment, isBlank) && !strings.Contains(segment, "("):
		return fmt.Errorf("%q has a space: want a path, and a query behind a question mark, as in %s", clip(segment), collectionExample)
	case !segmentForm.MatchString(segment):
		return fmt.Errorf("%q in the path: want letters and digits, as in %s", clip(segment), collectionExample)
	}
	return checkBalance(segment, "'")
}

// lastSegment is the report's name if it has no other.
func lastSegment(path string) string {
	segments := splitOutside(path, '/', -1)
	name, _, _ := strings.Cut(segments[len(segments)-1], "(")
	name = name[strings.LastIndex(name, ".")+1:]
	return name[:min(len(name), 64)]
}

// documentedPath returns a known path in its documented spelling, and any other
// as it is.
func documentedPath(path string) string {
	for _, known := range shortNames {
		if resource, _, _ := strings.Cut(known.Call, "?"); strings.EqualFold(resource, path) {
			return resource
		}
	}
	return path
}

// Resource returns the path of a collection below /v1.0 without its query, such as
// /subscribedSkus: in its documented spelling if there is a short name for it,
// otherwise as it was written. For other calls it is empty.
func (c Call) Resource() string { return c.path }

// Eventual reports whether Graph answers the collection only with the header
// ConsistencyLevel: eventual, on every page.
//
// Source: https://learn.microsoft.com/graph/aad-advanced-queries
func (c Call) Eventual() bool {
	asked := c.query()
	return asked.value(optionSearch) != "" || asked.value(optionCount) == "true"
}

// First reports whether only the first page of the collection is wanted: $top=1
// asks for one object, such as the newest, and Graph offers the next one as a page.
func (c Call) First() bool { return c.query().value(optionTop) == "1" }

// Expanded returns the names of what $expand asks for, in its order.
func (c Call) Expanded() []string {
	var names []string
	for _, part := range splitOutside(c.query().value(optionExpand), ',', -1) {
		name, _, _ := strings.Cut(part, "(")
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// query returns the collection's query, which a Call holds as text so that calls
// can be compared.
func (c Call) query() query {
	if c.kind != collectionCall {
		return nil
	}
	asked, _ := parseQuery(c.parameters) // parseCollection wrote the text
	return asked
}

func (c Call) collectionText() string {
	if c.parameters == "" {
		return c.path
	}
	return c.path + "?" + c.parameters
}

func (c Call) selectedProperties() []string {
	if chosen := c.query().value(optionSelect); chosen != "" {
		return strings.Split(chosen, ",")
	}
	return nil
}

// directory are the collections of Entra's directory objects, which answer some
// questions only if they are also asked to count.
var directory = []string{
	"/administrativeUnits", "/applications", "/contacts", "/devices", "/directory/administrativeUnits", "/directoryRoles",
	"/groups", "/servicePrincipals", "/users",
}

// advanced matches, outside of quotes, the queries that they answer only in this
// way.
var advanced = regexp.MustCompile(`(?i)\b(?:ne|not)\b|\bendsWith\(|/\$count\b`)

func needsCount(path string, asked query) bool {
	if !slices.ContainsFunc(directory, func(known string) bool { return strings.EqualFold(known, path) }) || asked.value(optionCount) != "" {
		return false
	}
	filter := asked.value(optionFilter)
	return advanced.MatchString(withoutStrings(filter)) || filter != "" && asked.value(optionOrderBy) != ""
}
