#!/usr/bin/env bash
# All checks of infra/ that need no Azure: make test-infra. What is fetched once
# (the provider, checkov) stays in infra/.terraform.
#
#   TERRAFORM_MIRROR  a folder to take the provider from; default: the registry
set -euo pipefail
mirror=${TERRAFORM_MIRROR:+$(cd "$TERRAFORM_MIRROR" && pwd)}
cd "$(dirname "$0")"

step() { printf '\n== infra: %s\n' "$1"; }

if ! command -v terraform >/dev/null; then
	echo 'terraform is not installed; see https://developer.hashicorp.com/terraform/install' >&2
	exit 1
fi

export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1
mkdir -p .terraform
if [[ -n $mirror ]]; then
	export TF_CLI_CONFIG_FILE=$PWD/.terraform/mirror.tfrc
	printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$mirror" >"$TF_CLI_CONFIG_FILE"
fi

step fmt
terraform fmt -check -diff -recursive

step validate
rm -f .terraform.lock.hcl # a mirror's build has a different hash
terraform init -backend=false -input=false >/dev/null
terraform validate

step test
terraform test

step 'what must fail does'
"${GO:-go}" test -tags terraform -count=1 -parallel=2 -run=TestTerraformRefuses .

step 'plans of the real provider'
"${GO:-go}" test -tags terraform -count=1 -run=TestPlansWithTheProvider .

step checkov
checkov_version=3.3.30
checkov=.terraform/checkov-$checkov_version
if [[ ! -x $checkov/bin/checkov ]]; then
	rm -rf "$checkov"
	if ! { python3 -m venv "$checkov" && "$checkov/bin/pip" install --quiet "checkov==$checkov_version"; }; then
		rm -rf "$checkov"
		echo 'checkov: it can not be installed here; left out'
		exit 0
	fi
fi
"$checkov/bin/checkov" --directory . --framework terraform --compact --quiet --skip-download
