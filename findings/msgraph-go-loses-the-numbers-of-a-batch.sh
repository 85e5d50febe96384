#!/usr/bin/env bash
# Microsoft's Graph SDK for Go loses the numbers in an answer that comes in a batch:
# licences in use, and the count of a customer's users.
#
# Packages: github.com/microsoftgraph/msgraph-sdk-go-core v1.4.0, the part of
# msgraph-sdk-go that makes batches, with kiota-serialization-json-go v1.1.2.
#
# Expected: a batch is up to twenty requests in one, and GetBatchResponseById returns each
# answer as the model that the request alone would give
# (learn.microsoft.com/graph/sdks/batch-requests). For a subscribedSku, that includes a
# consumedUnits of 14 (learn.microsoft.com/graph/api/subscribedsku-get).
#
# Seen: every number at the top of an answer is null: consumedUnits, and the @odata.count
# of a list. Text, true and false are there, and so are numbers further down, such as
# prepaidUnits' enabled. The status is 200, without an error.
#
# Why it matters: if you ask for many customers' licences in batches, you get all that
# were bought and none in use; a program that counts with $count=true finds nobody. It
# looks like a customer with nothing assigned. (A fix has been waiting since November
# 2025: msgraph-sdk-go-core pull request 367.) What helps: send such requests alone, or
# ask for the list, whose numbers are further down.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/microsoft/kiota-abstractions-go/authentication"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	kiota "github.com/microsoft/kiota-serialization-json-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
)

const answer = `{"@odata.count":40,"skuPartNumber":"SPE_E5","consumedUnits":14,"enabled":true,"prepaidUnits":{"enabled":25}}`

// graph gives one answer in a batch; nothing is sent.
type graph struct{}

func (graph) RoundTrip(r *http.Request) (*http.Response, error) {
	body := `{"responses":[{"id":"1","status":200,"headers":{"Content-Type":"application/json"},"body":` + answer + `}]}`
	return &http.Response{
		StatusCode:    http.StatusOK,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       r,
	}, nil
}

func main() {
	if err := ask(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func ask() error {
	adapter, err := core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		&authentication.AnonymousAuthenticationProvider{}, core.GraphClientOptions{},
		kiota.NewJsonParseNodeFactory(), kiota.NewJsonSerializationWriterFactory(), &http.Client{Transport: graph{}})
	if err != nil {
		return err
	}
	serialization.DefaultParseNodeFactoryInstance.ContentTypeAssociatedFactories["application/json"] = kiota.NewJsonParseNodeFactory()
	adapter.SetBaseUrl("https://graph.microsoft.com/v1.0")
	batch, err := core.NewBatchRequest(adapter).Send(context.Background(), adapter)
	if err != nil {
		return err
	}
	together, err := core.GetBatchResponseById[serialization.UntypedNodeable](batch, "1", serialization.CreateUntypedNodeFromDiscriminatorValue)
	if err != nil {
		return err
	}
	node, err := kiota.NewJsonParseNode([]byte(answer))
	if err != nil {
		return err
	}
	alone, err := node.GetObjectValue(serialization.CreateUntypedNodeFromDiscriminatorValue)
	if err != nil {
		return err
	}
	if err := show("alone", alone); err != nil {
		return err
	}
	return show("in a batch", together)
}

func show(how string, model serialization.Parsable) error {
	for _, name := range []string{"@odata.count", "skuPartNumber", "consumedUnits", "enabled", "prepaidUnits"} {
		writer := kiota.NewJsonSerializationWriter()
		property := model.(*serialization.UntypedObject).GetValue()[name]
		if err := writer.WriteObjectValue(name, property); err != nil {
			return err
		}
		text, err := writer.GetSerializedContent()
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s\n", how, strings.TrimSuffix(string(text), ","))
	}
	return nil
}
GO
export GOFLAGS=-mod=mod
timeout 60 go mod init example.com/ask 2>go.log
timeout 300 go get github.com/microsoftgraph/msgraph-sdk-go-core@v1.4.0 github.com/microsoft/kiota-serialization-json-go@v1.1.2 2>go.log
timeout 300 go build -o ask . 2>go.log

timeout 60 ./ask | tee seen

diff - seen <<'SEEN'
alone: "@odata.count":40
alone: "skuPartNumber":"SPE_E5"
alone: "consumedUnits":14
alone: "enabled":true
alone: "prepaidUnits":{"enabled":25}
in a batch: "@odata.count":null
in a batch: "skuPartNumber":"SPE_E5"
in a batch: "consumedUnits":null
in a batch: "enabled":true
in a batch: "prepaidUnits":{"enabled":25}
SEEN
