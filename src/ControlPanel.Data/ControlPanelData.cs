using ControlPanel.Data.Audit;
using ControlPanel.Data.Expirations;
using ControlPanel.Data.Model;
using ControlPanel.Data.Nodes;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Functions;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Providers;
using ControlPanel.Data.Seed;
using ControlPanel.Data.Snapshots;
using ControlPanel.Data.Usage;
using ControlPanel.Data.Webhooks;
using ControlPanel.Verification.Decisions;
using ControlPanel.Verification.Secrets;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ControlPanel.Data;

/// <summary>Registers this room.</summary>
public static class ControlPanelData
{
    /// <summary>
    /// Adds snapshots, verification, operations, audit and usage over a store and a master key that are already chosen.
    /// </summary>
    public static IServiceCollection AddControlPanelData(
        this IServiceCollection services,
        IControlPanelStore store,
        MasterKey masterKey
    )
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ISecretSource, SystemSecretSource>();
        services.AddSingleton(store);
        services.AddSingleton(masterKey);
        services.AddSingleton<SecretHasher>();
        services.AddSingleton<SecretSealer>();
        services.AddSingleton<ChangeSignal>();
        services.AddSingleton<KeySnapshots>();
        services.AddSingleton<IKeySnapshots>(s => s.GetRequiredService<KeySnapshots>());
        services.AddSingleton<INamespaceDirectory>(s => s.GetRequiredService<KeySnapshots>());
        services.AddSingleton<IInferenceDirectory>(s => s.GetRequiredService<KeySnapshots>());
        services.AddSingleton(s => s.GetRequiredService<KeySnapshots>().Spaces);
        services.AddSingleton<Verifier>();
        services.AddSingleton(s => new NodeIdentity(
            Guid.CreateVersion7(s.GetRequiredService<TimeProvider>().GetUtcNow())
        ));
        services.AddSingleton<Acknowledgements>();
        services.AddSingleton<AuditChain>();
        services.AddSingleton<OperationRunner>();
        services.AddSingleton<OwnAccountRunner>();
        services.AddSingleton<SessionRegister>();
        services.AddSingleton<AccessWatch>();
        services.AddSingleton<SignInThrottle>();
        services.TryAddSingleton(new SessionRules());
        services.TryAddSingleton(new LegacyRules());
        services.TryAddSingleton(new WebhookRules());
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<DeliveryQueue>();
        services.TryAddSingleton(new ExpirationRules());
        services.AddSingleton<ExpirationMarks>();
        services.AddSingleton<ExpirationNotices>();
        services.AddSingleton<IPasswordHasher<Person>>(Passwords.Hasher);
        services.TryAddSingleton(new RetentionRules());
        services.AddSingleton<UsageRecorder>();
        services.AddSingleton<UsageRetention>();
        services.AddSingleton<RefusalLog>();
        services.AddSingleton<NodeRegister>();
        services.AddSingleton<AuditAnchoring>();
        services.AddSingleton<KeySeed>();
        services.AddSingleton<AuditSeed>();
        services.AddHostedService<NodeHeartbeat>();
        services.AddHostedService<ChangeListener>();
        services.AddHostedService<SnapshotRefresher>();
        services.AddHostedService(s => s.GetRequiredService<SessionRegister>());
        services.AddHostedService(s => s.GetRequiredService<AccessWatch>());
        services.AddHostedService(s => s.GetRequiredService<UsageRecorder>());
        services.AddHostedService(s => s.GetRequiredService<UsageRetention>());
        services.AddHostedService(s => s.GetRequiredService<RefusalLog>());
        services.AddHostedService(s => s.GetRequiredService<AuditAnchoring>());
        services.AddHostedService(s => s.GetRequiredService<ExpirationMarks>());
        services.AddOperations();
        return services;
    }

    /// <summary>
    /// Adds every operation: the sealed classes below <c>Operations</c> that have an <c>ExecuteAsync</c>. Found, not
    /// listed, so that none can be forgotten.
    /// </summary>
    private static void AddOperations(this IServiceCollection services)
    {
        foreach (var type in OperationCatalog.Types)
        {
            services.TryAddSingleton(type);
        }
    }
}
