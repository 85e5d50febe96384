package config_test

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"

	"tenantrollup/internal/config"
)

func TestStorage(t *testing.T) {
	tests := []struct {
		rule    string
		changes map[string]string
		url     string // where azblob would go
		key     bool   // with the account's key
	}{
		{"the host's own connection string", nil, "https://contoso.blob.core.windows.net/", true},
		{"a separate connection string for the reports comes first",
			map[string]string{"REPORTS_STORAGE": "AccountName=fabrikam;AccountKey=c2VjcmV0LWtleQ==;"}, "https://fabrikam.blob.core.windows.net/", true},
		{"the emulator", map[string]string{"REPORTS_STORAGE": "usedevelopmentstorage=true;"}, "http://127.0.0.1:10000/devstoreaccount1/", true},
		{"an account's name", map[string]string{"REPORTS_STORAGE__accountName": "fabrikam"}, "https://fabrikam.blob.core.windows.net/", false},
		{"a blob service's address", map[string]string{"REPORTS_STORAGE__blobServiceUri": "https://fabrikam.z01.blob.storage.azure.net"}, "https://fabrikam.z01.blob.storage.azure.net/", false},
		{"the host's own account by name", map[string]string{"AzureWebJobsStorage": "", "AzureWebJobsStorage__accountName": "adatum"}, "https://adatum.blob.core.windows.net/", false},
		{"the host's own blob service's address", map[string]string{"AzureWebJobsStorage": "", "AzureWebJobsStorage__blobServiceUri": "https://adatum.blob.core.windows.net/"}, "https://adatum.blob.core.windows.net/", false},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			c, err := config.Load(settings(test.changes), nil, 10*time.Minute, today)
			if err != nil {
				t.Fatal(err)
			}
			if !test.key {
				if c.Storage != (config.Storage{ServiceURL: test.url}) {
					t.Errorf("Storage = %+v, want %s alone", c.Storage, test.url)
				}
				return
			}
			blobs, err := azblob.NewClientFromConnectionString(c.Storage.ConnectionString.Reveal(), nil)
			if err != nil {
				t.Fatalf("azblob does not take the connection string: %v", err)
			}
			if blobs.URL() != test.url || c.Storage.ServiceURL != "" {
				t.Errorf("azblob goes to %s, ServiceURL is %q; want %s and none", blobs.URL(), c.Storage.ServiceURL, test.url)
			}
		})
	}
}
