package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"tenantrollup/internal/run"
)

// A page is one answer: its styles and its scripts are inside, those that it uses,
// and its policy permits them by their digests. In files of their own, they would
// need the caller's key in one more address, and one more invocation.

//go:embed templates
var files embed.FS

var (
	assets = map[string]string{} // by name, as pages hold them
	policy = "default-src 'none'; style-src" + permit("page.css", "nights.css") + "; script-src" + permit("page.js", "live.js", "nights.js") +
		"; connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

// permit reads files without their indentation and comments, which every page would
// carry, and returns the sources of the Content-Security-Policy that permit them.
func permit(names ...string) string {
	var sources strings.Builder
	for _, name := range names {
		text, err := files.ReadFile("templates/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		var short strings.Builder
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
				short.WriteString(line + "\n")
			}
		}
		assets[name] = short.String()
		sum := sha256.Sum256([]byte(short.String()))
		sources.WriteString(" 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'")
	}
	return sources.String()
}

// The templates are parsed when they are first needed: a process that runs a
// night shows no page, and can save their memory.
var (
	morningTemplate   = parsed("morning.html")
	reportTemplate    = parsed("report.html")
	runTemplate       = parsed("run.html")
	customersTemplate = parsed("customers.html")
	customerTemplate  = parsed("customer.html")
	queuedTemplate    = parsed("queued.html")
	refusedTemplate   = parsed("refused.html")
)

func parsed(name string) func() *template.Template {
	return sync.OnceValue(func() *template.Template { return parse(name) })
}

func parse(name string) *template.Template {
	return template.Must(template.New("layout.html").Funcs(template.FuncMap{
		"number": run.Number, "customers": run.Customers, "day": day, "shortDay": shortDay, "moment": moment, "instant": instant, "family": family, "asking": asking,
		"families": func() []string { return families },
		"style":    func(name string) template.HTML { return template.HTML("<style>" + assets[name] + "</style>") },
		"script":   func(name string) template.HTML { return template.HTML("<script>" + assets[name] + "</script>") },
	}).ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/"+name))
}

// writePage answers with a page.
func writePage(w http.ResponseWriter, r *http.Request, status int, page func() *template.Template, content any) {
	var body bytes.Buffer
	err := page().Execute(&body, struct {
		Home, Customers string
		Content         any
	}{linksOf(r).to(root), linksOf(r).to(root, "by", "customer"), content})
	if err != nil {
		panic(err) // the template does not fit its content
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.WriteHeader(status)
	w.Write(body.Bytes())
}

// links makes addresses that carry the key, if any, that the page was opened
// with.
type links struct{ code string }

func linksOf(r *http.Request) links { return links{r.URL.Query().Get("code")} }

// to returns the address of a path, with these names and values in its query.
func (l links) to(path string, query ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	if l.code != "" {
		values.Set("code", l.code)
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// askedOn is an offer on a page, and where its form goes.
type askedOn struct {
	Offer      any
	Home, Self string // where it is posted to, and where to go on
}

func asking(offer any, home, self string) askedOn { return askedOn{offer, home, self} }

// queuedLink is a run on the page that says what was queued.
type queuedLink struct {
	run.Key
	Link string
}

func queuedLinks(links links, keys []run.Key) []queuedLink {
	var all []queuedLink
	for _, key := range keys {
		all = append(all, queuedLink{key, links.to(statusURL(key))})
	}
	return all
}
