package infra_test

import (
	"regexp"
	"slices"
	"testing"
)

func TestDeployPageMatchesTheConfiguration(t *testing.T) {
	page := read(t, "../docs/deploy.md")

	t.Run("every output that is used exists", func(t *testing.T) {
		outputs := captures(`(?m)^output "(\w+)"`, read(t, "outputs.tf"))
		for _, name := range captures(`output -raw (\w+)`, page) {
			if !slices.Contains(outputs, name) {
				t.Errorf("outputs.tf has no %s", name)
			}
		}
	})
	t.Run("every variable that is named exists", func(t *testing.T) {
		variables := captures(`(?m)^variable "(\w+)"`, read(t, "variables.tf")+read(t, "variables_program.tf"))
		values := regexp.MustCompile(`(?s)terraform\.tfvars <<EOF\n(.*?)\nEOF`).FindStringSubmatch(page)
		if values == nil {
			t.Fatal("the page writes no terraform.tfvars")
		}
		for _, name := range captures(`(?m)^(\w+) +=`, values[1]) {
			if !slices.Contains(variables, name) {
				t.Errorf("there is no variable %s", name)
			}
		}
	})
	t.Run("every alarm says what to do", func(t *testing.T) {
		for _, name := range captures(`(?m)^    ([a-z-]+) = \{$`, read(t, "alarms.tf")) {
			if !regexp.MustCompile("(?m)^### `" + name + "`").MatchString(read(t, "../docs/operate.md")) {
				t.Errorf("docs/operate.md does not mention %s", name)
			}
		}
	})
	t.Run("every secret has the name that the program reads", func(t *testing.T) {
		known := captures(`"(partner-[a-z-]+)"`, read(t, "../internal/signin/signin.go"))
		known = append(known, captures(`/?secrets/(notify-[a-z-]+)`, read(t, "settings.tf"))...)
		stored := captures(`(?:secret set|certificate create) --vault-name "\$VAULT" --name ([a-z-]+)`, page)
		slices.Sort(known)
		slices.Sort(stored)
		if !slices.Equal(known, stored) {
			t.Errorf("the page stores %q, the program reads %q", stored, known)
		}
	})
}

func captures(pattern, text string) (found []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}
