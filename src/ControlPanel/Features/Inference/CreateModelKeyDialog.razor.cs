using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Networking;
using ControlPanel.Shared;
using Microsoft.AspNetCore.Components;

namespace ControlPanel.Features.Inference;

/// <summary>The wizard: name and models, then the network. What it sets cannot be changed afterwards, only duplicated.</summary>
public sealed partial class CreateModelKeyDialog
{
    private readonly string _id = $"wizard-{Ids.Next()}";
    private readonly SortedSet<string> _chosen = new(StringComparer.Ordinal);
    private IReadOnlyList<ModelRow>? _models;
    private IReadOnlyList<string> _left = [];
    private IReadOnlyList<Choice> _vpcs = [];
    private Refusal? _refusal;
    private string? _name;
    private string? _vpc;
    private string _search = "";
    private int _step = 1;
    private bool _all = true;
    private bool _batch;
    private bool _restricted;
    private bool _busy;

    /// <summary>A key whose settings are to be taken over; <see langword="null"/> starts empty.</summary>
    [Parameter]
    public ModelKeyRow? From { get; set; }

    [Parameter]
    public EventCallback<NewModelKey> OnCreated { get; set; }

    [Parameter]
    public EventCallback OnCancel { get; set; }

    [Inject]
    public required CreateModelKey Create { get; init; }

    [Inject]
    public required ListModels Models { get; init; }

    [Inject]
    public required ListVpcs Vpcs { get; init; }

    [Inject]
    public required CurrentActor Actor { get; init; }

    private IEnumerable<ModelRow> Found =>
        _models!.Where(m =>
            m.ModelId.Contains(_search.Trim(), StringComparison.OrdinalIgnoreCase)
            || m.DisplayName.Contains(_search.Trim(), StringComparison.OrdinalIgnoreCase)
            || m.Provider.Contains(_search.Trim(), StringComparison.OrdinalIgnoreCase)
        );

    private string Summary
    {
        get
        {
            var models =
                !_all
                    ? $"{(_chosen.Count == 1 ? "the model" : "the models")} {string.Join(", ", _chosen.Take(5))}{(_chosen.Count > 5 ? $" and {_chosen.Count - 5} more" : "")}"
                : _batch ? "all models, batch inferencing included"
                : "all models, without batch inferencing";
            var network = _vpcs.FirstOrDefault(v => v.Value == _vpc)?.Text;
            return $"The key may use {models}, from {(_restricted ? network ?? "one network" : "anywhere")}.";
        }
    }

    protected override async Task OnInitializedAsync()
    {
        if (From is { } from)
        {
            _name = $"{from.Name} (copy)";
            _all = from.Models is null;
            _batch = from.Batch;
            _chosen.UnionWith(from.Models ?? []);
            _restricted = from.VpcId is not null;
            _vpc = from.VpcId?.ToString();
        }

        var actor = await Actor.GetActorAsync();
        var models = await WholeList.ReadAsync(p => Models.ExecuteAsync(actor, p, CancellationToken.None));
        var vpcs = await WholeList.ReadAsync(p => Vpcs.ExecuteAsync(actor, p, CancellationToken.None));
        _vpcs =
        [
            .. (vpcs.Value ?? []).Select(v => new Choice(v.Id.ToString(), $"{v.Name} ({string.Join(", ", v.Ranges)})")),
        ];
        _models = models.Value ?? [];
        // What left the catalogue cannot be chosen again, and no box is there to take it back.
        _left = [.. _chosen.Except(_models.Select(m => m.ModelId), StringComparer.Ordinal)];
        _chosen.ExceptWith(_left);
    }

    private void Tick(string model, bool ticked)
    {
        if (ticked)
        {
            _chosen.Add(model);
        }
        else
        {
            _chosen.Remove(model);
        }
    }

    private async Task NextAsync()
    {
        if (_step == 1)
        {
            var errors = new List<FieldError>();
            if (!Names.TryRead(_name, "The access key name", out _, out var error))
            {
                errors.Add(new FieldError("Name", error));
            }

            if (!_all && _chosen.Count == 0)
            {
                errors.Add(new FieldError("Models", "Select at least one model."));
            }

            _refusal = errors.Count > 0 ? new Refusal.Invalid(errors) : null;
            _step = errors.Count > 0 ? 1 : 2;
            return;
        }

        if (_busy)
        {
            return;
        }

        if (_restricted && !Guid.TryParse(_vpc, out _))
        {
            _refusal = Refusal.Rule("VpcId", "Choose one of the team's VPC networks.");
            return;
        }

        _busy = true;
        try
        {
            var outcome = await Create.ExecuteAsync(
                await Actor.GetActorAsync(),
                new NewModelKeyRequest(
                    _name,
                    _all ? null : [.. _chosen],
                    _all && _batch,
                    _restricted ? Guid.Parse(_vpc!) : null
                ),
                CancellationToken.None
            );
            _refusal = outcome.Refusal;
            if (outcome.IsDone)
            {
                await OnCreated.InvokeAsync(outcome.Value);
            }
            else if (Refusals.About(_refusal, "Name") is not null || Refusals.About(_refusal, "Models") is not null)
            {
                _step = 1;
            }
        }
        finally
        {
            _busy = false;
        }
    }
}
