package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"sync"
)

// A page stands in one answer: what it looks like and what it does is inside,
// let through the policy by its digest. A file of its own would need the
// caller's key in one more address, and one more invocation.

//go:embed templates
var files embed.FS

var (
	style  = asset("templates/page.css")
	script = asset("templates/page.js")
	policy = "default-src 'none'; style-src " + digest(style) + "; script-src " + digest(script) +
		"; connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

func asset(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

// digest is a source of the Content-Security-Policy.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// The templates are parsed when first needed: a night's process shows no page, and
// does without their memory.
var (
	overviewPage = parsed("overview.html")
	runPage      = parsed("run.html")
	askedPage    = parsed("asked.html")
	refusedPage  = parsed("refused.html")
)

func parsed(name string) func() *template.Template {
	return sync.OnceValue(func() *template.Template { return parse(name) })
}

func parse(name string) *template.Template {
	return template.Must(template.New("layout.html").Funcs(template.FuncMap{
		"count": count, "customers": customers, "day": day, "shortDay": shortDay,
		"style":  func() template.HTML { return template.HTML("<style>" + style + "</style>") },
		"script": func() template.HTML { return template.HTML("<script>" + script + "</script>") },
	}).ParseFS(files, "templates/layout.html", "templates/"+name))
}

// show answers with a page. Its links carry on the caller's key.
func show(w http.ResponseWriter, r *http.Request, status int, page func() *template.Template, content any) {
	var body bytes.Buffer
	err := page().Execute(&body, struct {
		Home    string
		Content any
	}{linksOf(r).to(root), content})
	if err != nil {
		panic(err) // a template that doesn't fit its content
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.WriteHeader(status)
	w.Write(body.Bytes())
}

// links are addresses that open with the key, if any, that the page was asked
// for with.
type links struct{ code string }

func linksOf(r *http.Request) links { return links{r.URL.Query().Get("code")} }

// to is the address of a path, with these names and values in its query.
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
