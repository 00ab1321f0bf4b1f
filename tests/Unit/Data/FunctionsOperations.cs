using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Tests.Unit.Data;

/// <summary>Asks for an operation on a namespace and a key in it; <see langword="null"/> when it was done.</summary>
internal delegate Task<Refusal?> Ask(StoreFixture store, Actor actor, string namespaceId, string keyId);

/// <summary>Every operation of the Functions family as something that any actor can try.</summary>
internal static class FunctionsOperations
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Those that need a namespace which exists.</summary>
    public static IReadOnlyDictionary<Type, Ask> OnOneNamespace { get; } =
        new Dictionary<Type, Ask>
        {
            [typeof(GetNamespace)] = async (s, who, ns, _) =>
                (await s.Get<GetNamespace>().ExecuteAsync(who, ns, Ct)).Refusal,
            [typeof(SetNamespaceUpstream)] = async (s, who, ns, _) =>
                (await s.Get<SetNamespaceUpstream>().ExecuteAsync(who, ns, "https://up.example.com", null, Ct)).Refusal,
            [typeof(ListNamespaceKeys)] = async (s, who, ns, _) =>
                (await s.Get<ListNamespaceKeys>().ExecuteAsync(who, ns, new PageRequest(), null, Ct)).Refusal,
            [typeof(CreateNamespaceKey)] = async (s, who, ns, _) =>
                (await s.Get<CreateNamespaceKey>().ExecuteAsync(who, new NewKeyRequest(ns, "tried", "1h"), Ct)).Refusal,
            [typeof(GetNamespaceKeyBlastRadius)] = async (s, who, ns, key) =>
                (await s.Get<GetNamespaceKeyBlastRadius>().ExecuteAsync(who, ns, key, Ct)).Refusal,
            [typeof(RenameNamespaceKey)] = async (s, who, ns, key) =>
                (await s.Get<RenameNamespaceKey>().ExecuteAsync(who, ns, key, "renamed", Ct)).Refusal,
            [typeof(SuspendNamespaceKey)] = async (s, who, ns, key) =>
                (await s.Get<SuspendNamespaceKey>().ExecuteAsync(who, ns, key, suspended: true, Ct)).Refusal,
            [typeof(RevokeNamespaceKey)] = async (s, who, ns, key) =>
                (await s.Get<RevokeNamespaceKey>().ExecuteAsync(who, ns, key, Ct)).Refusal,
            [typeof(DeleteNamespace)] = async (s, who, ns, _) =>
                (await s.Get<DeleteNamespace>().ExecuteAsync(who, ns, Ct)).Refusal,
            [typeof(RetireLegacyCredential)] = async (s, who, ns, _) =>
                (await s.Get<RetireLegacyCredential>().ExecuteAsync(who, ns, await LabelAsync(s, ns), Ct)).Refusal,
            [typeof(RehearseLegacyCutOff)] = async (s, who, ns, _) =>
                (await s.Get<RehearseLegacyCutOff>().ExecuteAsync(who, ns, Ct)).Refusal,
            [typeof(SetLegacyCutOff)] = async (s, who, ns, _) =>
                (await s.Get<SetLegacyCutOff>().ExecuteAsync(who, ns, s.Clock.UtcNow.AddDays(30), Ct)).Refusal,
            [typeof(RestoreLegacyCredential)] = async (s, who, ns, _) =>
                (await s.Get<RestoreLegacyCredential>().ExecuteAsync(who, ns, Ct)).Refusal,
        };

    /// <summary>Those of the whole family.</summary>
    public static IReadOnlyDictionary<Type, Ask> All { get; } =
        new Dictionary<Type, Ask>(OnOneNamespace)
        {
            [typeof(ListNamespaces)] = async (s, who, _, _) =>
                (await s.Get<ListNamespaces>().ExecuteAsync(who, new PageRequest(), Ct)).Refusal,
            [typeof(CreateNamespace)] = async (s, who, _, _) =>
                (await s.Get<CreateNamespace>().ExecuteAsync(who, new NewNamespace("tried", "nyc1"), Ct)).Refusal,
            [typeof(ReadLegacyCredentials)] = async (s, who, ns, _) =>
                (await s.Get<ReadLegacyCredentials>().ExecuteAsync(who, ns, Ct)).Refusal,
        };

    private static Task<string?> LabelAsync(StoreFixture store, string namespaceId) =>
        store.ReadAsync(db =>
            db.Namespaces.Where(n => n.Id == namespaceId).Select(n => n.Label).FirstOrDefaultAsync(Ct)
        );
}
