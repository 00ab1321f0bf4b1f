using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Sessions;
using ControlPanel.Data.Operations.Teams;
using Microsoft.AspNetCore.Components.Authorization;

namespace ControlPanel.Shared;

/// <summary>
/// Who acts on this page (one for each circuit or request): the <see cref="Actor"/> that operations take, and the
/// <see cref="CurrentPerson"/> that pages show. Kept until a session or a membership of the person changes; then read
/// anew, and <see cref="Changed"/> tells.
/// </summary>
public sealed class CurrentActor : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly AuthenticationStateProvider _authentication;
    private readonly GetMyStanding _standing;
    private readonly AccessWatch _watch;
    private readonly TimeProvider _clock;
    private IDisposable? _subscription;
    private CurrentPerson? _person;
    private CurrentPerson? _told;
    private SignedIn? _signedIn;
    private int _changes;
    private int _known = -1;
    private bool _disposed;

    public CurrentActor(
        AuthenticationStateProvider authentication,
        GetMyStanding standing,
        AccessWatch watch,
        TimeProvider clock
    )
    {
        _authentication = authentication;
        _standing = standing;
        _watch = watch;
        _clock = clock;
        _authentication.AuthenticationStateChanged += OnAuthenticationStateChanged;
    }

    /// <summary>
    /// Raised when what <see cref="GetAsync"/> says has changed: role, teams, or the end of the session. Comes from any
    /// thread; a component answers with <c>InvokeAsync</c>.
    /// </summary>
    public event Action? Changed;

    /// <summary>The person; <see cref="CurrentPerson.Nobody"/> when there is none (any more).</summary>
    public async Task<CurrentPerson> GetAsync()
    {
        await _turn.WaitAsync();
        try
        {
            var changes = Volatile.Read(ref _changes);
            if (_person is not null && changes == _known)
            {
                return _person;
            }

            _signedIn = SignedIn.From((await _authentication.GetAuthenticationStateAsync()).User);
            if (_signedIn is null)
            {
                _person = CurrentPerson.Nobody;
            }
            else
            {
                // Subscribed before the read: a change that lands during it makes the answer stale at once.
                _subscription ??= _disposed ? null : _watch.Subscribe(_signedIn.UserId, OnChanged);
                _person = await ReadAsync(_signedIn);
            }

            _known = changes;
            _told ??= _person;
            return _person;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// The actor for an operation, with a request id of its own. Without a person or a team the ids are empty, and every
    /// operation refuses.
    /// </summary>
    public async Task<Actor> GetActorAsync()
    {
        var person = await GetAsync();
        return new Actor(person.UserId, person.TeamId, Door.Panel)
        {
            SessionId = person.IsSignedIn ? _signedIn?.SessionId : Guid.Empty,
            Address = _signedIn?.Address,
            RequestId = Guid.CreateVersion7(_clock.GetUtcNow()).ToString("N"),
        };
    }

    public void Dispose()
    {
        _disposed = true;
        _authentication.AuthenticationStateChanged -= OnAuthenticationStateChanged;
        _subscription?.Dispose();
    }

    private async Task<CurrentPerson> ReadAsync(SignedIn signedIn)
    {
        var outcome = await _standing.ExecuteAsync(
            new Actor(signedIn.UserId, Guid.Empty, Door.Panel) { SessionId = signedIn.SessionId },
            CancellationToken.None
        );
        return outcome.IsDone
            ? new CurrentPerson(
                outcome.Value.UserId,
                outcome.Value.Email,
                outcome.Value.DisplayName,
                outcome.Value.Current,
                outcome.Value.Teams,
                outcome.Value.AuthenticatedAt
            )
            : CurrentPerson.Nobody;
    }

    private void OnAuthenticationStateChanged(Task<AuthenticationState> state) => OnChanged();

    private void OnChanged()
    {
        Interlocked.Increment(ref _changes);
        if (Changed is not null && !_disposed)
        {
            _ = Task.Run(TellAsync);
        }
    }

    private async Task TellAsync()
    {
        // Compared with what was told last, not with what was read last: an operation may have asked in between.
        var person = await GetAsync();
        if (Interlocked.Exchange(ref _told, person) != person && !_disposed)
        {
            Changed?.Invoke();
        }
    }
}
