package config

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
)

// Storage is where the blobs are. At most one of the two is set.
type Storage struct {
	ConnectionString Secret // with an account name and key, as azblob takes it
	ServiceURL       string // https://<account's blob host>/, reached with the managed identity
}

// developmentStorage is what UseDevelopmentStorage=true stands for: the account
// of the storage emulator, whose key Microsoft publishes. azblob does not know
// the short form.
//
// Source: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
const developmentStorage = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;" +
	"AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;" +
	"BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1"

// storage returns the account of REPORTS_STORAGE in whichever form it is given,
// otherwise the Functions host's own. None of these values is ever shown, because
// people paste keys and signatures into any of them.
func (r *reader) storage(cloud Cloud) Storage {
	for _, name := range []string{"REPORTS_STORAGE", "AzureWebJobsStorage"} {
		var given []string
		for _, form := range []string{name, name + "__blobServiceUri", name + "__accountName"} {
			if r.get(form) != "" {
				given = append(given, form)
			}
		}
		if len(given) > 1 {
			r.mistake(strings.Join(given, " and ") + " are both set: want one of them")
			return Storage{}
		}
		if len(given) == 1 {
			return r.storageForm(given[0], cloud)
		}
	}
	if r.byHand {
		return Storage{}
	}
	r.unset("REPORTS_STORAGE", "want a connection string, or REPORTS_STORAGE__accountName or REPORTS_STORAGE__blobServiceUri "+
		"with the account that the managed identity reaches; AzureWebJobsStorage, the default, is not set either")
	return Storage{}
}

var accountName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)

func (r *reader) storageForm(name string, cloud Cloud) Storage {
	value := r.get(name)
	switch {
	case strings.HasSuffix(name, "__accountName"):
		if !accountName.MatchString(value) {
			r.refuseUnshown(name, "want the name of a storage account: 3 to 24 lower-case letters and digits")
			return Storage{}
		}
		return Storage{ServiceURL: "https://" + value + "." + cloud.BlobSuffix + "/"}
	case strings.HasSuffix(name, "__blobServiceUri"):
		u, err := url.Parse(value)
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
			strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
			r.refuseUnshown(name, "want the https address of the account's blob service, without container or signature, "+
				"such as https://contoso."+cloud.BlobSuffix)
			return Storage{}
		}
		return Storage{ServiceURL: "https://" + u.Host + "/"}
	}
	return r.connectionString(name, value)
}

// connectionString asks for the account's key: links to the files are signed
// with it, and a shared access signature signs nothing. Names of its parts are
// case-sensitive, as azblob reads them.
func (r *reader) connectionString(name, value string) Storage {
	value = strings.TrimRight(value, ";")
	if strings.EqualFold(value, "UseDevelopmentStorage=true") {
		return Storage{ConnectionString: developmentStorage}
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(value, ";") {
		key, text, found := strings.Cut(part, "=")
		if !found {
			r.refuseUnshown(name, "want key=value parts with \";\" between them, as the portal's Access keys page shows them")
			return Storage{}
		}
		parts[key] = text
	}
	key, err := base64.StdEncoding.DecodeString(parts["AccountKey"])
	if err != nil || len(key) == 0 || !accountName.MatchString(parts["AccountName"]) {
		r.refuseUnshown(name, "want a connection string with AccountName and AccountKey, the key whole (a shared access signature cannot "+
			"sign links to the files), or UseDevelopmentStorage=true")
		return Storage{}
	}
	if suffix, given := parts["EndpointSuffix"]; given && !domainForm.MatchString(strings.ToLower(suffix)) {
		r.refuseUnshown(name, "want EndpointSuffix=core.windows.net or the like, and no quotes around the connection string")
		return Storage{}
	}
	if blobs := parts["BlobEndpoint"]; blobs != "" && !isSecure(blobs) ||
		blobs == "" && parts["DefaultEndpointsProtocol"] != "" && !strings.EqualFold(parts["DefaultEndpointsProtocol"], "https") {
		r.refuseUnshown(name, "want https: DefaultEndpointsProtocol=https, and https in BlobEndpoint; http is only for an emulator on this machine")
		return Storage{}
	}
	return Storage{ConnectionString: Secret(value)}
}

var containerName = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)

// container follows Azure's rules for container names.
//
// Source: https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
func (r *reader) container() string {
	value := r.get("REPORTS_CONTAINER")
	if value == "" {
		return "reports"
	}
	if len(value) < 3 || len(value) > 63 || !containerName.MatchString(value) {
		r.refuse("REPORTS_CONTAINER", value, "want 3 to 63 lower-case letters, digits and single hyphens, a letter or digit first and last")
		return ""
	}
	return value
}
