using System.Net;
using ControlPanel.Configuration;
using ControlPanel.Data.Webhooks;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ControlPanel.Webhooks;

/// <summary>What sends webhooks.</summary>
internal static class WebhookRoom
{
    /// <summary>Registers it.</summary>
    /// <param name="isDemo">Whether receivers may stand on this machine without TLS, as the demo's do.</param>
    public static IServiceCollection AddWebhooks(
        this IServiceCollection services,
        PanelOptions.WebhookOptions options,
        bool isDemo
    )
    {
        services.TryAddSingleton(
            new WebhookRules
            {
                AllowHttp = options.AllowHttp || isDemo,
                AllowPrivateNetworks = options.AllowPrivateNetworks,
                AllowLoopback = isDemo,
            }
        );
        services.TryAddSingleton(new DispatchLimits());
        services.TryAddSingleton<ResolveName>(static (name, ct) => Dns.GetHostAddressesAsync(name, ct));
        return services
            .AddSingleton<ReceiverConnection>()
            .AddSingleton<WebhookSender>()
            .AddSingleton<WebhookDispatcher>()
            .AddHostedService(s => s.GetRequiredService<WebhookDispatcher>());
    }
}
