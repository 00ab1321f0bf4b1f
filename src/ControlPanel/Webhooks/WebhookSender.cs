using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using ControlPanel.Data.Webhooks;

namespace ControlPanel.Webhooks;

/// <summary>
/// One attempt: a signed POST (Standard Webhooks). Follows no redirect, keeps no cookie, uses no proxy, and reads nothing
/// of the answer but its status: what a receiver says is shown to nobody.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    private readonly HttpClient _client;
    private readonly WebhookRules _rules;
    private readonly DispatchLimits _limits;
    private readonly TimeProvider _clock;

    public WebhookSender(ReceiverConnection connection, WebhookRules rules, DispatchLimits limits, TimeProvider clock)
    {
        _rules = rules;
        _limits = limits;
        _clock = clock;
        _client = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = connection.OpenAsync,
                // A proxy would connect for us, to wherever the name leads it.
                UseProxy = false,
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
                ActivityHeadersPropagator = null,
                MaxResponseHeadersLength = 16,
                MaxResponseDrainSize = 0,
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("ControlPanel-Webhooks/1");
    }

    /// <summary>Sends, and says what came of it. Throws only when it is cancelled.</summary>
    public async Task<DeliveryAnswer> SendAsync(TakenDelivery delivery, CancellationToken ct)
    {
        if (delivery.Signature is not { } signature)
        {
            return new DeliveryAnswer.NotAnswered(DeliveryFault.SecretUnreadable);
        }

        var address = new Uri(delivery.Address);
        if (address.Scheme != Uri.UriSchemeHttps && !_rules.AllowHttp)
        {
            // The operator allowed it when it was typed, and does no longer.
            return new DeliveryAnswer.NotAnswered(DeliveryFault.AddressRefused);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(delivery.Payload));
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("webhook-id", delivery.EventId);
        request.Headers.Add("webhook-timestamp", delivery.Timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", signature);
        using var timeout = new CancellationTokenSource(_limits.Attempt, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, ct);
        try
        {
            using var response = await _client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                either.Token
            );
            return new DeliveryAnswer.Answered((int)response.StatusCode);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new DeliveryAnswer.NotAnswered(DeliveryFault.TimedOut);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new DeliveryAnswer.NotAnswered(FaultOf(e));
        }
    }

    public void Dispose() => _client.Dispose();

    private static DeliveryFault FaultOf(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case ReceiverRefusedException:
                    return DeliveryFault.AddressRefused;
                case AuthenticationException:
                    return DeliveryFault.NotTrusted;
                case SocketException
                {
                    SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
                }:
                    return DeliveryFault.NameNotFound;
                case SocketException { SocketErrorCode: SocketError.ConnectionReset }:
                    return DeliveryFault.Broken;
                case SocketException:
                    return DeliveryFault.NotReachable;
            }
        }

        return DeliveryFault.Broken;
    }
}
