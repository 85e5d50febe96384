package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"tenantrollup/internal/web"
)

// eachBinding yields each binding with the name of its function.
func eachBinding(folders map[string][]declared) iter.Seq2[declared, string] {
	return func(yield func(declared, string) bool) {
		for name, bindings := range folders {
			for _, b := range bindings {
				if !yield(b, name) {
					return
				}
			}
		}
	}
}

// bindingUses are the calls that use a binding, and the type and direction of the
// binding that each one needs.
var bindingUses = map[string]string{
	"Timer": "timerTrigger in", "Queue": "queueTrigger in", "HTTP": "httpTrigger in",
	"Enqueue": "queue out", "Respond": "http out",
}

// sourceCode is the handler's functions and methods, by name.
type sourceCode map[string]*ast.FuncDecl

func parseHandler(t *testing.T, root fs.FS) sourceCode {
	t.Helper()
	names, err := fs.Glob(root, "handler/*.go")
	if err != nil {
		t.Fatal(err)
	}
	s := sourceCode{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, readFile(t, root, name), 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
				s[f.Name.Name] = f
			}
		}
	}
	return s
}

// bindings are those that the function uses, itself or in what it calls, each
// as "name type direction".
func (s sourceCode) bindings(function string) (found []string) {
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		f := s[name]
		if f == nil || seen[name] {
			return
		}
		seen[name] = true
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				called := calledName(call)
				if use, ok := bindingUses[called]; ok && len(call.Args) > 0 {
					if binding, ok := stringLiteral(call.Args[0]); ok {
						found = append(found, binding+" "+use)
					}
				}
				visit(called)
			}
			return true
		})
	}
	visit(function)
	return found
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func stringLiteral(n ast.Node) (string, bool) {
	l, ok := n.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

// served are the methods and paths that the API serves, of all that there may be.
func served() (found []string) {
	for _, path := range []string{"/api/runs", "/api/runs/mailbox-activity/2026-11-24", "/api/runs/mailbox-activity/latest/csv"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			if serves(method, path) {
				found = append(found, method+" "+path)
			}
		}
	}
	return found
}

// serves asks an API that knows no runs and takes no requests: it panics if it gets as
// far as looking for one.
func serves(method, path string) (reached bool) {
	defer func() {
		if recover() != nil {
			reached = true
		}
	}()
	api := web.API{Today: "2026-11-24", Requests: struct{ web.Requests }{}, Log: slog.New(slog.DiscardHandler)}
	answer := httptest.NewRecorder()
	api.ServeHTTP(answer, httptest.NewRequest(method, path, nil))
	return answer.Code != http.StatusMethodNotAllowed && !strings.Contains(answer.Body.String(), "there is nothing at")
}
