using ControlPanel.Data.Model;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Networking;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Demo.Models;

/// <summary>
/// The inference part of the example data: the catalogue of the demo server, two networks of which one holds 127.0.0.2
/// alone (so that a restriction can be felt with <c>curl --interface</c>), and keys with a past.
/// </summary>
public sealed class DemoInference(
    IControlPanelStore store,
    DemoModels server,
    ISecretSource random,
    SecretHasher hasher,
    TimeProvider clock,
    AddModels addModels,
    CreateVpc createVpc,
    CreateModelKey createKey,
    ListInferenceUpstreams listUpstreams,
    SetInferenceUpstream setUpstream
) : IAsyncDisposable
{
    private const string UpstreamName = "Demo models";

    /// <summary>The ids of the catalogue.</summary>
    public static IReadOnlyList<string> ModelIds => [.. DemoCatalog.Models.Select(m => m.Id)];

    /// <summary>Starts the model server.</summary>
    public Task StartAsync(CancellationToken ct) => server.StartAsync(ct);

    /// <summary>Makes the example data once.</summary>
    public async Task SeedAsync(Actor owner, Actor member, CancellationToken ct)
    {
        Must(
            await addModels.ExecuteAsync(
                owner,
                [
                    .. DemoCatalog.Models.Select(m => new ModelInput(
                        m.Id,
                        m.DisplayName,
                        m.Provider,
                        m.Modality,
                        m.BatchCapable,
                        "Scripted, free"
                    )),
                ],
                ct
            )
        );
        var office = Must(
            await createVpc.ExecuteAsync(
                owner,
                new VpcInput("office", "One address: 127.0.0.2", "nyc1", ["127.0.0.2/32"]),
                ct
            )
        );
        Must(
            await createVpc.ExecuteAsync(
                owner,
                new VpcInput("production", "Where the applications run", "fra1", ["10.10.0.0/16", "fd00:10::/64"]),
                ct
            )
        );
        await AddKeyAsync(
            owner,
            "evaluation-suite",
            null,
            batch: true,
            null,
            58,
            20_411,
            "10.10.4.2",
            ct,
            "openai-gpt-4o",
            "llama3.3-70b-instruct"
        );
        await AddKeyAsync(
            member,
            "support-bot",
            ["openai-gpt-4o-mini", "anthropic-claude-3.5-haiku"],
            batch: false,
            null,
            33,
            7_902,
            "10.10.1.17",
            ct,
            "openai-gpt-4o-mini"
        );
        await AddKeyAsync(
            member,
            "office-notebooks",
            ["llama3.3-70b-instruct", "gte-large"],
            batch: false,
            office.Id,
            12,
            0,
            "",
            ct
        );
        await AddLegacyAsync(owner, "prototype-2024", ct);
    }

    /// <summary>Points the team at the server. Its port and credential are new at every start.</summary>
    public async Task ConnectAsync(Actor owner, CancellationToken ct)
    {
        var present = Must(await listUpstreams.ExecuteAsync(owner, ct)).FirstOrDefault(u => u.Name == UpstreamName);
        Must(
            await setUpstream.ExecuteAsync(
                owner,
                present?.Id,
                new InferenceUpstreamInput(
                    UpstreamName,
                    server.Address.GetLeftPart(UriPartial.Authority),
                    Providers: [],
                    UpstreamHeader.Bearer,
                    server.NewCredential()
                ),
                ct
            )
        );
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task AddKeyAsync(
        Actor actor,
        string name,
        IReadOnlyList<string>? models,
        bool batch,
        Guid? vpc,
        int daysAgo,
        long calls,
        string address,
        CancellationToken ct,
        params string[] called
    )
    {
        var made = Must(await createKey.ExecuteAsync(actor, new NewModelKeyRequest(name, models, batch, vpc), ct));
        made.Secret.Dispose();
        await using var transaction = await store.BeginWriteAsync(ct);
        var key = await transaction.Db.AccessKeys.SingleAsync(k => k.Id == made.Key.Id, ct);
        var now = clock.GetUtcNow();
        key.CreatedAt = now.AddDays(-daysAgo);
        if (calls > 0)
        {
            DemoWorld.AddUse(
                transaction.Db,
                key.Id,
                key.CreatedAt,
                now.AddMinutes(-calls % 50 - 2),
                calls,
                address,
                "OpenAI/JS 6.49.0"
            );
            DemoWorld.AddNeeds(
                transaction.Db,
                key.Id,
                key.CreatedAt,
                now.AddMinutes(-calls % 50 - 2),
                [.. called.Select(m => (m, KeyNeed.Use, calls / called.Length))]
            );
        }

        await transaction.CommitAsync(ct);
    }

    // From before keys had scopes: no operation makes such a key any more.
    private async Task AddLegacyAsync(Actor actor, string name, CancellationToken ct)
    {
        using var secret = ModelKeyFormat.New(random);
        var mac = new byte[Digest256.Size];
        hasher.TryHashBearer(hasher.CurrentVersion, KeyFamily.Inference, secret.Bytes, mac);
        var now = clock.GetUtcNow();
        var key = new AccessKey
        {
            Id = Guid.CreateVersion7(now),
            Family = KeyFamily.Inference,
            IsLegacy = true,
            TeamId = actor.TeamId,
            OwnerId = actor.UserId,
            LookupId = mac[..LookupId.Size],
            PublicId = "sk-do-…",
            Name = name,
            SecretMac = mac,
            MasterKeyVersion = hasher.CurrentVersion,
            CoversAll = true,
            CreatedAt = now.AddDays(-520),
            UpdatedAt = now.AddDays(-520),
        };
        await using var transaction = await store.BeginWriteAsync(ct);
        key.ChangeVersion = await transaction.TickAsync(ct);
        transaction.Db.AccessKeys.Add(key);
        DemoWorld.AddUse(
            transaction.Db,
            key.Id,
            key.CreatedAt,
            now.AddDays(-6),
            3_310,
            "10.10.9.40",
            "OpenAI/Python 1.35.0"
        );
        await transaction.CommitAsync(ct);
    }

    private static T Must<T>(Outcome<T> outcome) =>
        outcome.IsDone
            ? outcome.Value
            : throw new InvalidOperationException($"The demo data could not be made: {outcome.Refusal}");
}
