using System.Globalization;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Audit;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Activity;

/// <summary>What was done, and what was refused.</summary>
public sealed partial class ActivityPage
{
    private static readonly Tab[] s_tabs = [new("Changes", "/activity"), new("Refused calls", "/activity/refused")];

    private static readonly Choice[] s_actions =
    [
        new("", "Everything"),
        new("functions_key.", "Namespace keys"),
        new("namespace.", "Namespaces"),
        new("spaces_key.", "Spaces keys"),
        new("bucket.", "Buckets"),
        new("model_key.", "Model keys"),
        new("model.", "Model catalogue"),
        new("token.", "API tokens"),
        new("vpc.", "VPC networks"),
        new("member.", "Members"),
        new("session.", "Sessions"),
    ];

    private static readonly Choice[] s_results = [new("", "All"), new("done", "Done"), new("refused", "Refused")];

    private static readonly Choice[] s_times =
    [
        new("", "Any time"),
        new("1", "Last 24 hours"),
        new("7", "Last 7 days"),
        new("30", "Last 30 days"),
    ];

    private readonly Column<AuditRow>[] _columns =
    [
        new("Time", s_time, "time", "strong"),
        new("Who", s_actor, Class: "break"),
        new("Action", s_actionCell, Class: "break"),
        new("Target", s_targetCell, Class: "break"),
        new("Result", s_resultCell),
        new("Address", s_address, Class: "hide-phone"),
        new("Request ID", s_request, Class: "hide-phone"),
    ];

    private readonly Column<RefusedUseRow>[] _refusedColumns =
    [
        new("Time", s_at, Class: "strong"),
        new("Key", s_key, Class: "break"),
        new("Operation", s_operation, Class: "break"),
        new("Reason", s_reason, Class: "break"),
        new("From", s_from, Class: "break"),
        new("Calls", s_count),
    ];

    private DataTable<AuditRow>? _table;
    private DataTable<RefusedUseRow>? _refused;
    private string? _who;
    private string? _action;
    private string? _target;
    private string? _result;
    private string? _when;
    private string? _verdict;
    private bool _intact;
    private bool _verifying;

    /// <summary>The tab's part of the address; none: changes.</summary>
    [Parameter]
    public string? Tab { get; set; }

    [CascadingParameter]
    public CurrentPerson Person { get; set; } = CurrentPerson.Nobody;

    [SupplyParameterFromQuery(Name = "who")]
    public string? WhoInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "action")]
    public string? ActionInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "target")]
    public string? TargetInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "result")]
    public string? ResultInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "days")]
    public string? DaysInAddress { get; set; }

    [SupplyParameterFromQuery(Name = "request")]
    public string? RequestInAddress { get; set; }

    [Inject]
    public required ListAuditEntries List { get; init; }

    [Inject]
    public required ListRefusedUses ListRefused { get; init; }

    [Inject]
    public required VerifyAuditChain Verify { get; init; }

    [Inject]
    public required Browser Browser { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    private bool IsFiltered =>
        !string.IsNullOrWhiteSpace(_who)
        || !string.IsNullOrEmpty(_action)
        || !string.IsNullOrWhiteSpace(_target)
        || !string.IsNullOrEmpty(_result)
        || !string.IsNullOrEmpty(_when);

    private AuditFilter Filter =>
        new()
        {
            Actor = _who,
            Action = _action,
            Target = _target,
            Result = _result,
            From = int.TryParse(_when, CultureInfo.InvariantCulture, out var days)
                ? Clock.GetUtcNow().AddDays(-days)
                : null,
        };

    protected override void OnInitialized()
    {
        base.OnInitialized();
        (_who, _action, _target) = (WhoInAddress, ActionInAddress, TargetInAddress);
        (_result, _when) = (ResultInAddress, DaysInAddress);
    }

    protected override async Task OnChangedAsync()
    {
        await (_table?.RefreshAsync() ?? Task.CompletedTask);
        await (_refused?.RefreshAsync() ?? Task.CompletedTask);
    }

    // The JSON of details, without its braces and quotes: read by people here, by programs in the export.
    private static string? Details(AuditRow row) =>
        row.Details.Length <= 2
            ? null
            : row.Details[1..^1]
                .Replace("\"", "", StringComparison.Ordinal)
                .Replace(",", ", ", StringComparison.Ordinal);

    private async Task ExportAsync(string format) => await Browser.DownloadFromAsync(AddressOf(format));

    private string AddressOf(string format) =>
        Navigation.GetUriWithQueryParameters(
            $"/activity/export.{format}",
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["who"] = Blank(_who),
                ["action"] = Blank(_action),
                ["target"] = Blank(_target),
                ["result"] = Blank(_result),
                ["days"] = Blank(_when),
            }
        );

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private async Task<Outcome<Page<AuditRow>>> LoadAsync(PageRequest page, CancellationToken ct) =>
        await List.ExecuteAsync(
            await Actor.GetActorAsync(),
            page with
            {
                Descending = page.Sort is null || page.Descending,
            },
            Filter,
            ct
        );

    private async Task<Outcome<Page<RefusedUseRow>>> LoadRefusedAsync(PageRequest page, CancellationToken ct) =>
        await ListRefused.ExecuteAsync(await Actor.GetActorAsync(), page, family: null, ct);

    private Task FilterAsync() =>
        _table!.FilterChangedAsync(
            ("who", Blank(_who)),
            ("action", Blank(_action)),
            ("target", Blank(_target)),
            ("result", Blank(_result)),
            ("days", Blank(_when))
        );

    private async Task ClearAsync()
    {
        (_who, _action, _target, _result, _when) = (null, null, null, null, null);
        await FilterAsync();
    }

    private async Task VerifyAsync()
    {
        _verifying = true;
        _verdict = "Verifying…";
        _intact = true;
        StateHasChanged();
        try
        {
            var outcome = await Verify.ExecuteAsync(await Actor.GetActorAsync(), Gone);
            (_intact, _verdict) = outcome switch
            {
                { IsDone: false } => (false, Refusals.Say(outcome.Refusal)),
                { Value: ChainVerdict.Intact intact } => (
                    true,
                    $"{intact.Entries.ToString("N0", CultureInfo.InvariantCulture)} entries verified, chain intact"
                ),
                { Value: ChainVerdict.Broken broken } => (false, Say(broken)),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        finally
        {
            _verifying = false;
        }
    }

    private static string Say(ChainVerdict.Broken broken)
    {
        var what = broken.Fault switch
        {
            ChainFault.Missing => "is missing",
            ChainFault.Altered => "is not what was written there",
            ChainFault.UnknownMasterKey => "names a master key that this installation does not hold",
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return $"Entry {broken.Sequence} {what}. The {broken.Verified} entries before it fit.";
    }
}
