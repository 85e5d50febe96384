package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
)

// bill is a CycloneDX 1.5 bill of materials. It has no serial number and no time, both
// of which are optional and would differ from build to build.
//
// Source: https://cyclonedx.org/docs/1.5/json/
type bill struct {
	Schema      string      `json:"$schema"`
	Format      string      `json:"bomFormat"`
	SpecVersion string      `json:"specVersion"`
	Version     int         `json:"version"`
	Metadata    metadata    `json:"metadata"`
	Components  []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type    string `json:"type"`
	Ref     string `json:"bom-ref"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Purl    string `json:"purl,omitempty"`
	Hashes  []hash `json:"hashes,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"` // hexadecimal
}

// sbom lists what is linked into the binary: Go's standard library and every
// module, as the linker itself wrote them down.
func sbom(binary string) ([]byte, error) {
	text, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	app := component{
		Type: "application", Ref: info.Main.Path, Name: info.Main.Path, Version: info.Main.Version,
		Hashes: []hash{{"SHA-256", hex.EncodeToString(sum[:])}},
	}
	std, _, _ := strings.Cut(strings.TrimPrefix(info.GoVersion, "go"), " ") // "go1.26.8 X:experiment"
	b := bill{
		Schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
		Format: "CycloneDX", SpecVersion: "1.5", Version: 1, Metadata: metadata{app},
		Components: []component{library("std", std)},
	}
	for _, dep := range info.Deps {
		c, err := moduleComponent(dep)
		if err != nil {
			return nil, err
		}
		b.Components = append(b.Components, c)
	}
	written, err := json.MarshalIndent(b, "", "  ")
	return append(written, '\n'), err
}

// moduleComponent is a module with its hash in go.sum: the SHA-256 of the list of the
// module's files.
func moduleComponent(m *debug.Module) (component, error) {
	if m.Replace != nil {
		m = m.Replace
	}
	encoded, ok := strings.CutPrefix(m.Sum, "h1:")
	sum, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(sum) != sha256.Size {
		return component{}, fmt.Errorf("module %s %s: its sum is %q; build from go.mod alone, without a workspace or replaced folders", m.Path, m.Version, m.Sum)
	}
	c := library(m.Path, m.Version)
	c.Hashes = []hash{{"SHA-256", hex.EncodeToString(sum)}}
	return c, nil
}

// library keeps a path's case in the package address, as the Go tools do:
// advisories name modules that way.
func library(path, version string) component {
	purl := "pkg:golang/" + path + "@" + url.QueryEscape(version)
	return component{Type: "library", Ref: purl, Name: path, Version: version, Purl: purl}
}
