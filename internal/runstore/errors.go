package runstore

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"tenantrollup/internal/run"
)

func readError(operation string, err error) error {
	// A HEAD answer has no body to carry a code, so the status decides.
	if answer, ok := errors.AsType[*azcore.ResponseError](err); ok && answer.StatusCode == http.StatusNotFound {
		return fmt.Errorf("%s: %w", operation, ErrNotFound)
	}
	return plainError(operation, err)
}

func writeError(operation string, err error) error {
	answer, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok {
		return plainError(operation, err)
	}
	switch {
	case bloberror.HasCode(err, bloberror.InvalidBlockList):
		return fmt.Errorf("%s: %w", operation, run.ErrBlocksLost)
	case answer.StatusCode == http.StatusPreconditionFailed, answer.StatusCode == http.StatusConflict:
		return fmt.Errorf("%s: %w (storage answered %s)", operation, run.ErrRefused, answer.ErrorCode)
	}
	return plainError(operation, err)
}

// plainError says on one line what the SDK says on many.
func plainError(operation string, err error) error {
	if err == nil {
		return nil
	}
	if answer, ok := errors.AsType[*azcore.ResponseError](err); ok {
		return fmt.Errorf("%s: storage answered %d %s%s", operation, answer.StatusCode, answer.ErrorCode, remedy(answer))
	}
	if strings.Contains(err.Error(), "\n") {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return fmt.Errorf("%s: %s", operation, first)
	}
	return fmt.Errorf("%s: %w", operation, err)
}

func remedy(answer *azcore.ResponseError) string {
	switch answer.StatusCode {
	case http.StatusForbidden, http.StatusUnauthorized:
		return "; give the function's identity the role Storage Blob Data Contributor on the account, or mend the connection string"
	}
	return ""
}
