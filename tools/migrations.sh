#!/usr/bin/env bash
# Makes the migrations of both databases anew from the model (before the first release there is one, "Initial"),
# or adds one: tools/migrations.sh add NAME
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet tool restore >/dev/null
name=Initial
if [ "${1:-}" = add ]; then name=${2:?a name}; else rm -rf src/ControlPanel.Data/Migrations; fi
for provider in Sqlite Postgres; do
  dotnet ef migrations add "$name" --project src/ControlPanel.Data --startup-project src/ControlPanel.Data \
    --context "${provider}ControlPanelDb" --output-dir "Migrations/$provider"
done
