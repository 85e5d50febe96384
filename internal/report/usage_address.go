package report

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// address matches what is written around a usage report's function in the
// documentation and in the Graph Explorer.
var address = regexp.MustCompile(`(?i)^(?:GET\s+)?(?:https?://([^/\s]*))?(/.*|[^/\s]+/.*)?$`)

// graphHosts are Graph's in every cloud; which one is asked CLOUD says.
//
// Source: https://learn.microsoft.com/graph/deployments
var graphHosts = []string{"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}

// parseUsage reads a usage report's call, or its address.
func parseUsage(text string) (Call, error) {
	text, query, _ := strings.Cut(text, "?")
	if query != "" && !strings.EqualFold(query, "$format=text/csv") {
		return Call{}, fmt.Errorf("%q: rows come as CSV, and all of them: want nothing behind the call", clip("?"+query))
	}
	text, err := withoutAddress(text)
	if err != nil {
		return Call{}, err
	}
	return parseFunction(text)
}

// withoutAddress returns the function's call that an address ends with.
func withoutAddress(text string) (string, error) {
	found := address.FindStringSubmatch(text)
	if verb, rest := cutBlank(text); strings.EqualFold(verb, "GET") {
		text = rest
	}
	if found == nil || found[1] == "" && found[2] == "" {
		return text, nil
	}
	if host := strings.ToLower(found[1]); host != "" && !slices.Contains(graphHosts, host) {
		return "", fmt.Errorf("%s is not a host of Graph: want a usage report, such as %s", host, usageExample)
	}
	path, err := url.PathUnescape(found[2])
	if err != nil {
		return "", errors.New("its address is malformed: want only the report's function, such as " + usageExample)
	}
	path = strings.TrimPrefix(path, "/")
	root, rest, _ := strings.Cut(path, "/")
	switch strings.ToLower(root) {
	case "beta":
		return "", errors.New("beta changes without notice: want a usage report of Graph v1.0, such as " + usageExample)
	case "v1.0":
		path = rest
	}
	for _, under := range []string{copilot, reports} {
		if under = under[1:]; len(path) > len(under) && strings.EqualFold(path[:len(under)], under) {
			if path = path[len(under):]; !strings.Contains(path, "/") {
				return path, nil
			}
		}
	}
	path = strings.Trim(path, "/")
	if _, collection := collections[strings.ToLower(path)]; collection {
		return path, nil
	}
	return "", fmt.Errorf("%q is not a usage report of Graph: want one, such as %s", clip(path), usageExample)
}
