using System.Collections.Frozen;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Verification.Keys;
using Microsoft.EntityFrameworkCore;
using static ControlPanel.Tests.Unit.Data.StoreFixture;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>
/// Who may do what, written down a second time. Each operation of the family is tried by each role and with each scope
/// that a token can hold; an operation that this table does not know fails the build.
/// </summary>
public sealed class AuthorizationMatrixTests
{
    private const string Read = "function:read";
    private const string Create = "function:create";
    private const string Delete = "function:delete";
    private const string Admin = "function:admin";

    /// <summary>Operation → needed permission, the audit's name of it (empty: it changes nothing).</summary>
    private static readonly FrozenDictionary<Type, (string Needs, string Action)> s_table = new Dictionary<
        Type,
        (string, string)
    >
    {
        [typeof(ListNamespaces)] = (Read, ""),
        [typeof(GetNamespace)] = (Read, ""),
        [typeof(ListNamespaceKeys)] = (Read, ""),
        [typeof(GetNamespaceKeyBlastRadius)] = (Read, ""),
        [typeof(ReadLegacyCredentials)] = (Admin, ""),
        [typeof(CreateNamespace)] = (Create, "namespace.create"),
        [typeof(SetNamespaceUpstream)] = (Admin, "namespace.set_upstream"),
        [typeof(DeleteNamespace)] = (Delete, "namespace.delete"),
        [typeof(CreateNamespaceKey)] = (Admin, "functions_key.create"),
        [typeof(RenameNamespaceKey)] = (Admin, "functions_key.rename"),
        [typeof(SuspendNamespaceKey)] = (Admin, "functions_key.suspend"),
        [typeof(RevokeNamespaceKey)] = (Delete, "functions_key.revoke"),
        [typeof(RetireLegacyCredential)] = (Delete, "legacy_credential.retire"),
        [typeof(RehearseLegacyCutOff)] = (Admin, "legacy_credential.rehearse"),
        [typeof(RestoreLegacyCredential)] = (Admin, "legacy_credential.restore"),
        [typeof(SetLegacyCutOff)] = (Admin, "legacy_credential.set_cut_off"),
    }.ToFrozenDictionary();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public void The_table_knows_every_operation_of_the_family()
    {
        var family = OperationCatalog.Types.Where(t => t.Namespace == typeof(ListNamespaces).Namespace).ToHashSet();
        // Owners alone, by a permission of the team and not of the family: EveryOperationTests has it.
        family.Remove(typeof(ImportLegacyCredentials));
        Assert.Equal(family, s_table.Keys.ToHashSet());
        Assert.Equal(family, FunctionsOperations.All.Keys.ToHashSet());
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
    public async Task A_role_does_what_the_table_allows_and_nothing_else(StoreKind kind, TeamRole role)
    {
        string[] holds = role switch
        {
            TeamRole.Owner or TeamRole.Member => [Read, Create, Delete, Admin],
            TeamRole.Modifier => [Read, Create, Admin],
            TeamRole.ResourceViewer => [Read],
            _ => [],
        };
        await using var store = await StartAsync(kind);
        await TryAllAsync(store, store.As(role), holds);
    }

    [Theory]
    [InlineData(TeamRole.Owner, "function:read", "function:read")]
    [InlineData(TeamRole.Owner, "function:create", "function:create")]
    [InlineData(TeamRole.Owner, "function:delete", "function:delete")]
    [InlineData(TeamRole.Owner, "function:admin", "function:read function:create function:delete function:admin")]
    [InlineData(TeamRole.Modifier, "function:admin", "function:read function:create function:admin")]
    [InlineData(TeamRole.ResourceViewer, "api:write", "function:read")]
    [InlineData(TeamRole.Owner, "api:read", "function:read")]
    [InlineData(TeamRole.Owner, "spaces:read", "")]
    [InlineData(TeamRole.Biller, "api:write", "")]
    public async Task A_token_does_what_both_its_scopes_and_its_owners_role_allow(
        TeamRole role,
        string scope,
        string holds
    )
    {
        await using var store = await StartAsync(StoreKind.Sqlite);
        var actor = store.As(role) with
        {
            Door = Door.Api,
            Token = new KeyScope.Api(new[] { scope }.ToFrozenSet(StringComparer.Ordinal)),
        };
        await TryAllAsync(store, actor, holds.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task TryAllAsync(StoreFixture store, Actor actor, string[] holds)
    {
        // Deleting comes last: it takes away what the others need.
        foreach (var (operation, (needs, action)) in s_table.OrderBy(o => o.Value.Needs == Delete))
        {
            var space = await store.NamespaceAsync($"for {operation.Name}");
            var key = await store.KeyAsync(space.Id, "key");
            await store.LegacyAsync(space.Id, rehearsing: true);
            var (version, entries) = (await store.VersionAsync(), (await store.AuditAsync()).Count);
            var refusal = await FunctionsOperations.All[operation](store, actor, space.Id, key.Key.KeyId);
            var audit = await store.AuditAsync();
            if (holds.Contains(needs))
            {
                Assert.True(refusal is null, $"{operation.Name}: {refusal}");
                Assert.Equal(action.Length == 0 ? entries : entries + 1, audit.Count);
                Assert.Equal(action.Length == 0 ? version : version + 1, await store.VersionAsync());
                if (action.Length > 0)
                {
                    Assert.Equal(
                        (action, "done", actor.UserId),
                        (audit[^1].Action, audit[^1].Result, audit[^1].ActorId)
                    );
                }

                continue;
            }

            Assert.Equal(new Refusal.Forbidden(needs), refusal);
            Assert.True(store.Call(key).IsAllowed, operation.Name);
            Assert.Equal(
                "key",
                await store.ReadAsync(db =>
                    db.AccessKeys.Where(k => k.Id == key.Key.Id).Select(k => k.Name).SingleAsync(Ct)
                )
            );
            if (action.Length == 0)
            {
                Assert.Equal(entries, audit.Count);
                continue;
            }

            var attempt = audit[^1];
            Assert.Equal(entries + 1, audit.Count);
            Assert.Equal(
                (action, "refused", $$"""{"needs":"{{needs}}"}""", actor.UserId),
                (attempt.Action, attempt.Result, attempt.Details, attempt.ActorId)
            );
        }
    }
}
