using System.Security.Claims;
using ControlPanel.Data.Operations.Sessions;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace ControlPanel.Shared;

/// <summary>
/// A circuit's authentication: ends within moments when the session ends, whoever ended it and wherever, because the
/// circuit would otherwise live on with the principal it was opened with. Looks again every few seconds as well, which
/// also finds the idle and the absolute limit.
/// </summary>
public sealed class CircuitAuthentication : RevalidatingServerAuthenticationStateProvider
{
    private readonly SessionRegister _sessions;
    private readonly AccessWatch _watch;
    private readonly Lock _gate = new();
    private IDisposable? _subscription;
    private bool _disposed;

    public CircuitAuthentication(ILoggerFactory loggers, SessionRegister sessions, AccessWatch watch)
        : base(loggers)
    {
        _sessions = sessions;
        _watch = watch;
        AuthenticationStateChanged += OnStateChanged;
    }

    protected override TimeSpan RevalidationInterval => TimeSpan.FromSeconds(5);

    /// <summary>Whether the circuit's session is in force; ends the circuit's authentication when it is not.</summary>
    /// <param name="isActivity">Whether the person did something, which counts against the idle limit.</param>
    public async ValueTask<bool> CheckAsync(bool isActivity)
    {
        var state = await GetAuthenticationStateAsync();
        var signedIn = SignedIn.From(state.User);
        if (signedIn is not null && await IsAliveAsync(signedIn, CancellationToken.None))
        {
            if (isActivity)
            {
                _sessions.Touch(signedIn.SessionId);
            }

            return true;
        }

        if (state.User.Identity is { IsAuthenticated: true })
        {
            SetAuthenticationState(Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity()))));
        }

        return false;
    }

    protected override async Task<bool> ValidateAuthenticationStateAsync(
        AuthenticationState authenticationState,
        CancellationToken cancellationToken
    ) => SignedIn.From(authenticationState.User) is { } signedIn && await IsAliveAsync(signedIn, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _disposed = true;
            _subscription?.Dispose();
        }

        AuthenticationStateChanged -= OnStateChanged;
        base.Dispose(disposing);
    }

    private ValueTask<bool> IsAliveAsync(SignedIn signedIn, CancellationToken ct) =>
        _sessions.IsAliveAsync(signedIn.SessionId, signedIn.UserId, signedIn.Stamp, ct);

    private void OnStateChanged(Task<AuthenticationState> change) => _ = SubscribeAsync(change);

    private async Task SubscribeAsync(Task<AuthenticationState> change)
    {
        if (SignedIn.From((await change).User) is not { } signedIn)
        {
            return;
        }

        lock (_gate)
        {
            if (!_disposed)
            {
                _subscription ??= _watch.Subscribe(
                    signedIn.UserId,
                    () => _ = Task.Run(async () => await CheckAsync(isActivity: false))
                );
            }
        }
    }
}
