package report

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	// host matches what comes before a path in the documentation and in Graph
	// Explorer.
	host = regexp.MustCompile(`^(?i)https?://([^/?\s]*)`)
	verb = regexp.MustCompile(`^(?i)(?:delete|head|options|patch|post|put)$`)
	beta = regexp.MustCompile(`^(?i)/?beta(?:/|$)`)
	v1   = regexp.MustCompile(`^(?i)/?v1\.0(?:/|$)`)
	// usage matches the path of a usage report's function. Microsoft's SDKs write its
	// namespace, too.
	usage = regexp.MustCompile(`^(?i)/?(?:copilot/)?reports/(?:microsoft\.graph\.)?(get[^/]*)$`)
)

// graphHosts are Graph's in every cloud; CLOUD says which one is asked.
//
// Source: https://learn.microsoft.com/graph/deployments
var graphHosts = []string{"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}

// parseAddress reads a usage report's call or address, our own report's, or a
// collection's path.
func parseAddress(text string) (Call, error) {
	text, err := withoutHost(text)
	if err != nil {
		return Call{}, err
	}
	path, query, asked := strings.Cut(text, "?")
	name, _, _ := strings.Cut(path, "(")
	if found := usage.FindStringSubmatch(path); found != nil {
		if name, err = url.PathUnescape(found[1]); err != nil {
			return Call{}, errors.New("its address is malformed: want only the report's function, such as " + usageExample)
		}
	} else if strings.Contains(name, "/") {
		call, err := parseCollection("/" + strings.TrimPrefix(text, "/"))
		if err == nil && usage.MatchString(call.path) { // as in /reports/getMailboxUsageDetail(period='D7')/
			return parseAddress(call.String())
		}
		return call, err
	} else {
		name = path
	}
	if asked && query != "" && !strings.EqualFold(query, "$format=text/csv") {
		if _, short := shortNames.find(name); short || answered(name) != "" {
			return Call{}, fmt.Errorf("%q begins with no slash: want a collection's whole path, as in %s", clip(text), collectionExample)
		}
		return Call{}, fmt.Errorf("%q: rows come as CSV, and all of them: want nothing after the call", clip("?"+query))
	}
	return parseFunction(name)
}

// withoutHost drops GET, Graph's host and /v1.0 in front of a path.
func withoutHost(text string) (string, error) {
	switch first, rest := cutBlank(text); {
	case strings.EqualFold(first, "GET"):
		text = rest
	case verb.MatchString(first) && rest != "":
		return "", fmt.Errorf("%s changes something, and a report only reads: want GET, as in GET %s", strings.ToUpper(first), collectionExample)
	}
	if found := host.FindStringSubmatch(text); found != nil {
		if !slices.Contains(graphHosts, strings.ToLower(found[1])) {
			return "", fmt.Errorf("%s is not a host of Graph: want a collection, such as %s, or a usage report, such as %s", clip(found[1]), collectionExample, usageExample)
		}
		text = text[len(found[0]):]
		if !strings.HasPrefix(text, "/") {
			return "", errors.New("an address without a path: want a collection of Graph v1.0, such as " + collectionExample)
		}
	}
	if beta.MatchString(text) {
		return "", errors.New("beta changes without notice: want what Graph v1.0 has, such as " + collectionExample + " or " + usageExample)
	}
	if found := v1.FindString(text); found != "" {
		text = "/" + text[len(found):]
	}
	return text, nil
}
