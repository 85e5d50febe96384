package rollup_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mutant is the protocol with one of its rules taken away.
type mutant struct {
	rule     string // in words like the contract's
	function string // that holds to it, such as runstore.Store.Write
	change   change
}

// change is what is done to the function. It is found only by names, each of which must
// be there once, and is text that replaces what was found.
type change func(function *ast.FuncDecl) (places []ast.Node, instead func(found string) string)

// body replaces the function's own statements.
func body(statements string) change {
	return func(f *ast.FuncDecl) ([]ast.Node, func(string) string) {
		return []ast.Node{f.Body}, func(string) string { return "{ " + statements + " }" }
	}
}

// call replaces the call of the name with an expression.
func call(name, expression string) change {
	return func(f *ast.FuncDecl) ([]ast.Node, func(string) string) {
		return calls(f, name), func(string) string { return expression }
	}
}

// before puts statements before the one that calls the name.
func before(name, statements string) change {
	return func(f *ast.FuncDecl) (places []ast.Node, _ func(string) string) {
		for _, call := range calls(f, name) {
			var innermost ast.Node
			ast.Inspect(f, func(n ast.Node) bool {
				for _, statement := range listed(n) {
					if statement.Pos() <= call.Pos() && call.End() <= statement.End() {
						innermost = statement
					}
				}
				return true
			})
			places = append(places, innermost)
		}
		return places, func(statement string) string { return statements + "\n" + statement }
	}
}

// assignment replaces the statement that sets the name with another, or with none.
func assignment(name, statement string) change {
	return func(f *ast.FuncDecl) (places []ast.Node, _ func(string) string) {
		ast.Inspect(f, func(n ast.Node) bool {
			var set []ast.Expr
			switch n := n.(type) {
			case *ast.AssignStmt:
				set = n.Lhs
			case *ast.IncDecStmt:
				set = []ast.Expr{n.X}
			}
			for _, variable := range set {
				if named(variable, name) {
					places = append(places, n)
				}
			}
			return true
		})
		return places, func(string) string { return statement }
	}
}

func calls(f *ast.FuncDecl, name string) (found []ast.Node) {
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && named(call.Fun, name) {
			found = append(found, call)
		}
		return true
	})
	return found
}

func named(expression ast.Expr, name string) bool {
	text := types.ExprString(expression)
	return text == name || strings.HasSuffix(text, "."+name)
}

// listed returns the statements of a block, or of a case.
func listed(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	}
	return nil
}

// folders of the packages that hold the rules.
var folders = map[string]string{"rollup": ".", "run": "../run", "runstore": "../runstore"}

// apply returns the file that holds the function, and its text as the mutant's.
func (m mutant) apply() (name, text string, err error) {
	pkg, function, _ := strings.Cut(m.function, ".")
	names, err := filepath.Glob(filepath.Join(folders[pkg], "*.go"))
	if err != nil {
		return "", "", err
	}
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			return "", "", err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, source, 0)
		if err != nil {
			return "", "", err
		}
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if !ok || fullName(f) != function {
				continue
			}
			places, instead := m.change(f)
			if len(places) != 1 {
				return "", "", fmt.Errorf("function %s has %d of what the mutant changes, want one", m.function, len(places))
			}
			from, to := files.Position(places[0].Pos()).Offset, files.Position(places[0].End()).Offset
			return name, string(source[:from]) + instead(string(source[from:to])) + string(source[to:]), nil
		}
	}
	return "", "", fmt.Errorf("there is no function %s for the mutant to change", m.function)
}

// fullName is a function's name after that of its receiver's type.
func fullName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	return strings.TrimPrefix(types.ExprString(f.Recv.List[0].Type), "*") + "." + f.Name.Name
}

func TestEveryMutantApplies(t *testing.T) {
	for _, m := range mutants {
		name, text, err := m.apply()
		if err == nil {
			_, err = parser.ParseFile(token.NewFileSet(), name, text, 0)
		}
		if err != nil {
			t.Errorf("%s: %v", m.rule, err)
		}
	}
}

func TestMutantWhoseNamesAreGoneDoesNotApply(t *testing.T) {
	for _, m := range []mutant{
		{function: "rollup.slice.gone", change: body(``)},
		{function: "rollup.slice.restart", change: call("gone", `nil`)},
		{function: "rollup.slice.restart", change: before("gone", ``)},
		{function: "rollup.slice.restart", change: assignment("gone", ``)},
		{function: "rollup.slice.stage", change: call("flush", `error(nil)`)}, // is there twice
	} {
		if _, _, err := m.apply(); err == nil {
			t.Errorf("a mutant of %s applies", m.function)
		}
	}
}
