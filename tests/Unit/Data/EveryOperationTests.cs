using System.Collections.Frozen;
using System.Reflection;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Access;
using ControlPanel.Data.Operations.Audit;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Inference;
using ControlPanel.Data.Operations.Networking;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Spaces;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Data.Operations.Tokens;
using ControlPanel.Data.Operations.Webhooks;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>
/// Every operation of the product, found by reflection, against every role, against strangers, and with the ids of another
/// team's things. What each needs is written down here a second time; an operation that is not fails the build.
/// </summary>
public sealed class EveryOperationTests
{
    private static readonly FrozenDictionary<Type, string> s_needs = new Dictionary<Type, string>
    {
        [typeof(FindAnything)] = "access:verify",
        [typeof(FindKeys)] = "access:verify",
        [typeof(CountKeyConcerns)] = "access:verify",
        [typeof(CountExpiringKeys)] = "account:read",
        [typeof(ListExpiringKeys)] = "account:read",
        [typeof(ListConcernedKeys)] = "access:verify",
        [typeof(TryKey)] = "access:verify",
        // Of the first family, which the generated arguments name.
        [typeof(GetKeyUsage)] = "function:read",
        [typeof(GetNarrowing)] = "function:read",
        [typeof(GetReplacements)] = "function:read",
        [typeof(CreateReplacement)] = "function:admin",
        [typeof(ExplainRequest)] = "activity:read",
        [typeof(ExportAuditEntries)] = "activity:read",
        [typeof(ListAuditEntries)] = "activity:read",
        [typeof(ListRefusedUses)] = "activity:read",
        [typeof(VerifyAuditChain)] = "activity:verify",
        [typeof(ListNamespaces)] = "function:read",
        [typeof(GetNamespace)] = "function:read",
        [typeof(ListNamespaceKeys)] = "function:read",
        [typeof(GetNamespaceKeyBlastRadius)] = "function:read",
        [typeof(ReadLegacyCredentials)] = "function:admin",
        [typeof(CreateNamespace)] = "function:create",
        [typeof(SetNamespaceUpstream)] = "function:admin",
        [typeof(DeleteNamespace)] = "function:delete",
        [typeof(CreateNamespaceKey)] = "function:admin",
        [typeof(RenameNamespaceKey)] = "function:admin",
        [typeof(SuspendNamespaceKey)] = "function:admin",
        [typeof(RevokeNamespaceKey)] = "function:delete",
        [typeof(RetireLegacyCredential)] = "function:delete",
        [typeof(RehearseLegacyCutOff)] = "function:admin",
        [typeof(RestoreLegacyCredential)] = "function:admin",
        [typeof(SetLegacyCutOff)] = "function:admin",
        [typeof(ImportLegacyCredentials)] = "team:update",
        [typeof(ImportModelKeys)] = "team:update",
        [typeof(ListInferenceUpstreams)] = "model_catalog:update",
        [typeof(SetInferenceUpstream)] = "model_catalog:update",
        [typeof(RemoveInferenceUpstream)] = "model_catalog:delete",
        [typeof(ListModels)] = "genai:read",
        [typeof(AddModels)] = "model_catalog:create",
        [typeof(UpdateModel)] = "model_catalog:update",
        [typeof(RemoveModel)] = "model_catalog:delete",
        [typeof(CreateModelKey)] = "genai:create",
        [typeof(ListModelKeys)] = "genai:read",
        [typeof(GetModelKey)] = "genai:read",
        [typeof(RenameModelKey)] = "genai:update",
        [typeof(RegenerateModelKey)] = "genai:update",
        [typeof(DeleteModelKey)] = "genai:delete",
        [typeof(GetModelKeyBlastRadius)] = "genai:read",
        [typeof(ListVpcs)] = "vpc:read",
        [typeof(GetVpc)] = "vpc:read",
        [typeof(CreateVpc)] = "vpc:create",
        [typeof(UpdateVpc)] = "vpc:update",
        [typeof(DeleteVpc)] = "vpc:delete",
        [typeof(ListBuckets)] = "spaces:read",
        [typeof(AddBuckets)] = "spaces:create",
        [typeof(RemoveBucket)] = "spaces:delete",
        [typeof(CreateSpacesKey)] = "spaces_key:create_credentials",
        [typeof(ListSpacesKeys)] = "spaces_key:read",
        [typeof(GetSpacesKey)] = "spaces_key:read",
        [typeof(UpdateSpacesKey)] = "spaces_key:update",
        [typeof(DeleteSpacesKey)] = "spaces_key:delete",
        [typeof(GetSpacesKeyBlastRadius)] = "spaces_key:read",
        [typeof(GetSpacesUpstream)] = "spaces_upstream:read",
        [typeof(SetSpacesUpstream)] = "spaces_upstream:update",
        [typeof(RemoveSpacesUpstream)] = "spaces_upstream:delete",
        [typeof(ChangeRole)] = "team:update",
        [typeof(GetAccount)] = "account:read",
        [typeof(GetMemberRemoval)] = "team:delete",
        [typeof(GetProject)] = "project:read",
        [typeof(GetTwoFactorRequirement)] = "team:read",
        [typeof(ListInvitations)] = "team:update",
        [typeof(WithdrawInvitation)] = "team:update",
        [typeof(InvitePerson)] = "team:update",
        [typeof(ListMembers)] = "team:read",
        [typeof(RemoveMember)] = "team:delete",
        [typeof(RequireTwoFactor)] = "team:update",
        [typeof(CreateTeam)] = "team:update",
        [typeof(CreateWebhook)] = "team:update",
        [typeof(DeliverAgain)] = "team:update",
        [typeof(EditWebhook)] = "team:update",
        [typeof(ListDeliveries)] = "team:update",
        [typeof(ListWebhooks)] = "team:update",
        [typeof(RemoveWebhook)] = "team:update",
        [typeof(RollWebhookSecret)] = "team:update",
        [typeof(SendTestEvent)] = "team:update",
        [typeof(TurnWebhook)] = "team:update",
        [typeof(CreateToken)] = "tokens:create",
        [typeof(ListTokens)] = "tokens:read",
        [typeof(GetToken)] = "tokens:read",
        [typeof(RenameToken)] = "tokens:update",
        [typeof(RevokeToken)] = "tokens:delete",
        [typeof(GetTokenBlastRadius)] = "tokens:read",
    }.ToFrozenDictionary();

    /// <summary>What people do with their own account, whatever their role: they have tests of their own beside it.</summary>
    private static readonly FrozenSet<Type> s_ownAccount = new[]
    {
        typeof(AddPasskey),
        typeof(ChangePassword),
        typeof(ConfirmIdentity),
        typeof(DisableTwoFactor),
        typeof(EnableTwoFactor),
        typeof(EndAllSessions),
        typeof(EndSession),
        typeof(GetMyStanding),
        typeof(GetSignInStanding),
        typeof(GetTeamOverview),
        typeof(GetTwoFactor),
        typeof(ListPasskeys),
        typeof(ListSessions),
        typeof(RemovePasskey),
        typeof(RenewRecoveryCodes),
        typeof(StartSession),
        typeof(SwitchTeam),
        typeof(UsePasskey),
        typeof(UseRecoveryCode),
        typeof(UseTwoFactorCode),
    }.ToFrozenSet();

    /// <summary>
    /// The ways in, which ask for something else than membership: the set-up code, an invitation's code, the server's own
    /// console. And revoking by hand, which asks for each key's own permission and is tried with keys elsewhere.
    /// </summary>
    private static readonly FrozenSet<Type> s_apart = new[]
    {
        typeof(AcceptInvitation),
        typeof(FindInvitation),
        typeof(ResetOwner),
        typeof(RevokeKeys),
        typeof(SetUpInstallation),
    }.ToFrozenSet();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_operation_is_in_exactly_one_of_the_tables()
    {
        Type[] known = [.. s_needs.Keys, .. s_ownAccount, .. s_apart];
        Assert.Equal(known.Length, known.Distinct().Count());
        Assert.Equal(
            OperationCatalog.Types.Select(t => t.Name).Order(StringComparer.Ordinal),
            known.Select(t => t.Name).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [BothStores(
        TeamRole.Owner,
        TeamRole.Member,
        TeamRole.Modifier,
        TeamRole.ResourceViewer,
        TeamRole.Biller,
        TeamRole.BillingViewer
    )]
    public async Task A_role_is_refused_what_it_does_not_hold_and_nothing_else(StoreKind kind, TeamRole role)
    {
        await using var store = await StartAsync(kind);
        var wrong = new List<string>();
        foreach (var (operation, needs) in s_needs.OrderBy(o => o.Key.Name, StringComparer.Ordinal))
        {
            var refusal = await CallAsync(store, operation, store.As(role));
            if (
                Holds(role, needs)
                    ? refusal is Refusal.Forbidden or Refusal.NotAMember
                    : refusal != new Refusal.Forbidden(needs)
            )
            {
                wrong.Add($"{operation.Name}: {refusal}");
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [BothStores]
    public async Task Who_is_no_member_or_whose_session_has_ended_is_told_nothing_but_that(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        Actor[] outsiders =
        [
            store.Stranger with
            {
                TeamId = store.TeamId,
            },
            store.Owner with
            {
                TeamId = Guid.NewGuid(),
            },
            store.Owner with
            {
                SessionId = Guid.NewGuid(),
            },
            new(Guid.Empty, store.TeamId, Door.Panel),
        ];
        var version = await store.VersionAsync();
        foreach (var outsider in outsiders)
        {
            foreach (var operation in s_needs.Keys.Where(o => o != typeof(CreateTeam)))
            {
                var refusal = await CallAsync(store, operation, outsider);
                Assert.True(refusal is Refusal.NotAMember, $"{operation.Name}: {refusal}");
            }

            Assert.NotNull(await CallAsync(store, typeof(CreateTeam), outsider));
        }

        // Refused attempts tick the clock for the log alone: nothing that snapshots read has a version of theirs.
        Assert.Equal(0, await store.ReadAsync(db => db.AccessKeys.CountAsync(k => k.ChangeVersion > version, Ct)));
        Assert.Equal(0, await store.ReadAsync(db => db.Memberships.CountAsync(m => m.ChangeVersion > version, Ct)));
    }

    [Theory]
    [BothStores]
    public async Task Another_teams_things_are_answered_like_things_that_never_were(StoreKind kind)
    {
        await using var store = await StartAsync(kind);
        var space = await store.NamespaceAsync("theirs");
        var key = await store.KeyAsync(space.Id, "theirs");
        await store.LegacyAsync(space.Id, rehearsing: true);
        var vpc = Must(
            await store
                .Get<CreateVpc>()
                .ExecuteAsync(store.Owner, new VpcInput("office", null, "nyc1", ["10.9.0.0/16"]), Ct)
        );
        var model = Must(
            await store
                .Get<CreateModelKey>()
                .ExecuteAsync(store.Owner, new NewModelKeyRequest("m", null, false, null), Ct)
        );
        var token = Must(
            await store
                .Get<CreateToken>()
                .ExecuteAsync(store.Owner, new NewTokenRequest("t", null, ["function:read"]), Ct)
        );
        var invitation = Must(
            await store
                .Get<InvitePerson>()
                .ExecuteAsync(store.Owner, new NewInvitation("nina@demo.test", TeamRole.Member), Ct)
        );
        var webhook = Must(
            await store
                .Get<CreateWebhook>()
                .ExecuteAsync(store.Owner, new WebhookInput("https://hooks.example.com/", ["access_key.created"]), Ct)
        );
        Must(await store.Get<SendTestEvent>().ExecuteAsync(store.Owner, webhook.Webhook.Id, Ct));
        Assert.All(new object[] { vpc, model, token, invitation }, Assert.NotNull);
        var guids = await store.ReadAsync(async db =>
            (Guid[])
                [
                    .. await db.AccessKeys.Select(k => k.Id).ToListAsync(Ct),
                    .. await db.VpcNetworks.Select(v => v.Id).ToListAsync(Ct),
                    .. await db.Invitations.Select(i => i.Id).ToListAsync(Ct),
                    .. await db.WebhookEndpoints.Select(e => e.Id).ToListAsync(Ct),
                    .. await db.WebhookDeliveries.Select(d => d.Id).ToListAsync(Ct),
                    .. await db.Memberships.Where(m => m.TeamId == store.TeamId).Select(m => m.UserId).ToListAsync(Ct),
                ]
        );
        Assert.True(guids.Length >= 6, "There is something to ask for.");
        var before = await StateAsync(store);

        foreach (var operation in s_needs.Keys)
        {
            var parameters = operation.GetMethod("ExecuteAsync")!.GetParameters();
            var never = await CallAsync(store, operation, store.Stranger, Guid.NewGuid(), NeverText(parameters));
            if (parameters.Any(p => p.ParameterType == typeof(Guid)))
            {
                foreach (var guid in guids)
                {
                    var foreign = await CallAsync(store, operation, store.Stranger, guid);
                    Assert.True(Same(never, foreign), $"{operation.Name}: {foreign} instead of {never}");
                }
            }

            if (parameters.Any(p => IsName(p)))
            {
                Dictionary<string, string> real = new(StringComparer.Ordinal)
                {
                    ["namespaceId"] = space.Id,
                    ["id"] = space.Id,
                    ["keyId"] = key.Key.KeyId,
                };
                var foreign = await CallAsync(store, operation, store.Stranger, null, real);
                Assert.True(Same(never, foreign), $"{operation.Name}: {foreign} instead of {never}");
            }
        }

        Assert.Equal(before, await StateAsync(store));
        Assert.True(store.Call(key).IsAllowed);
    }

    private static bool Holds(TeamRole role, string permission)
    {
        var (resource, action) = (permission.Split(':')[0], permission.Split(':')[1]);
        string[] owners = ["team", "vpc", "model_catalog", "spaces_upstream", "activity"];
        return role switch
        {
            TeamRole.Owner => true,
            _ when resource == "account" => action == "read",
            TeamRole.Biller or TeamRole.BillingViewer => false,
            _ when owners.Contains(resource) => action == "read",
            _ when resource == "tokens" => true,
            TeamRole.Member => true,
            TeamRole.Modifier => action != "delete",
            _ => action == "read",
        };
    }

    // Ids alone: a name or a confirmation that somebody types names nothing of another team.
    private static bool IsName(ParameterInfo parameter) =>
        parameter.Name is "namespaceId" or "id" or "keyId" && parameter.ParameterType == typeof(string);

    private static Dictionary<string, string> NeverText(ParameterInfo[] parameters) =>
        parameters
            .Where(IsName)
            .ToDictionary(
                p => p.Name!,
                p => p.Name == "keyId" ? "dof_v1_00000000000000000000" : $"fn-{Guid.NewGuid()}"
            );

    private static bool Same(Refusal? one, Refusal? other) =>
        Equals(one, other) || (one, other) is (Refusal.Invalid, Refusal.Invalid);

    private static async Task<string> StateAsync(StoreFixture store) =>
        await store.ReadAsync(async db =>
            string.Join(
                '\n',
                [
                    .. (
                        await db.AccessKeys.Where(k => k.TeamId == store.TeamId).OrderBy(k => k.Id).ToListAsync(Ct)
                    ).Select(k => $"{k.Id} {k.Name} {k.RevokedAt} {k.ChangeVersion}"),
                    .. (
                        await db.Memberships.Where(m => m.TeamId == store.TeamId).OrderBy(m => m.UserId).ToListAsync(Ct)
                    ).Select(m => $"{m.UserId} {m.Role} {m.RemovedAt} {m.ChangeVersion}"),
                    .. (await db.Invitations.OrderBy(i => i.Id).ToListAsync(Ct)).Select(i => $"{i.Id} {i.WithdrawnAt}"),
                    .. (await db.WebhookEndpoints.OrderBy(e => e.Id).ToListAsync(Ct)).Select(e =>
                        $"{e.Id} {e.Address} {e.IsEnabled} {e.SecretVersion}"
                    ),
                    .. (await db.WebhookDeliveries.OrderBy(d => d.Id).ToListAsync(Ct)).Select(d =>
                        $"{d.Id} {d.NextAttemptAt}"
                    ),
                    .. (await db.VpcNetworks.Where(v => v.TeamId == store.TeamId).ToListAsync(Ct)).Select(v =>
                        $"{v.Id} {v.Name}"
                    ),
                ]
            )
        );

    private static async Task<Refusal?> CallAsync(
        StoreFixture store,
        Type operation,
        Actor actor,
        Guid? id = null,
        Dictionary<string, string>? names = null
    )
    {
        var method = operation.GetMethod("ExecuteAsync")!;
        object?[] arguments =
        [
            .. method
                .GetParameters()
                .Select(p =>
                    p.ParameterType == typeof(Actor) ? actor
                    : p.ParameterType == typeof(CancellationToken) ? Ct
                    : names is not null && names.TryGetValue(p.Name!, out var name) && IsName(p) ? name
                    : Make(p.ParameterType, id ?? Guid.Empty)
                ),
        ];
        var instance = typeof(StoreFixture).GetMethod("Get")!.MakeGenericMethod(operation).Invoke(store, null);
        var task = (Task)method.Invoke(instance, arguments)!;
        await task;
        var outcome = task.GetType().GetProperty("Result")!.GetValue(task)!;
        return (Refusal?)outcome.GetType().GetProperty("Refusal")!.GetValue(outcome);
    }

    /// <summary>The emptiest value of a type; what is asked for is the right, not the input.</summary>
    private static object? Make(Type type, Guid id) =>
        type == typeof(string) ? ""
        : type == typeof(Guid) ? id
        : Nullable.GetUnderlyingType(type) is not null ? null
        : type == typeof(Func<AuditRow, Task>) ? (Func<AuditRow, Task>)(_ => Task.CompletedTask)
        : type.IsEnum ? Enum.GetValues(type).GetValue(0)
        : type.IsValueType ? Activator.CreateInstance(type)
        : type.IsGenericType && type.IsInterface ? Array.CreateInstance(type.GetGenericArguments()[0], 0)
        : type.GetConstructors().MaxBy(c => c.GetParameters().Length) is { } constructor
            ? constructor.Invoke([.. constructor.GetParameters().Select(p => Make(p.ParameterType, id))])
        : null;
}
