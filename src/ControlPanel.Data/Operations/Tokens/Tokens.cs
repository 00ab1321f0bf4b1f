using ControlPanel.Data.Model;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Formats;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Tokens;

/// <summary>A personal access token in a list. Its value is known to nobody but its owner.</summary>
/// <param name="Scopes">As they were granted: one alias, or scopes in order.</param>
public sealed record TokenRow(
    Guid Id,
    string Name,
    IReadOnlyList<string> Scopes,
    Guid? OwnerId,
    string Owner,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt,
    string? LastAddress,
    string? LastClient,
    KeyStatus Status
)
{
    /// <summary>Its calls in the last 24 hours, in lists.</summary>
    public RecentCalls Recent { get; init; } = RecentCalls.None;
}

/// <summary>A token that was just made, with its value. Shown once, kept nowhere.</summary>
public sealed record NewToken(TokenRow Token, Secret Value);

/// <summary>What a new token is to be.</summary>
/// <param name="ExpiresIn"><c>30d</c>, <c>60d</c>, <c>90d</c>, <c>365d</c>; <see langword="null"/> means never.</param>
/// <param name="Scopes"><c>api:write</c> (Full Access), <c>api:read</c> (Read Only), or scopes of the catalogue.</param>
public sealed record NewTokenRequest(string? Name, string? ExpiresIn, IReadOnlyList<string> Scopes);

/// <summary>Creates a personal access token for the actor.</summary>
public sealed class CreateToken(
    OperationRunner runner,
    ISecretSource random,
    SecretHasher hasher,
    Acknowledgements acknowledgements
)
{
    // Contract 8.9.
    private static readonly string[] s_lifetimes = ["30d", "60d", "90d", "365d"];

    /// <summary>
    /// Needs <c>tokens:create</c>. Required scopes are added. Refuses an unusable name, an expiration that is not
    /// offered, unknown scopes, an alias beside others, and scopes beyond the actor's own rights (the role's, and at the
    /// API the calling token's: a token cannot make a stronger one). Returns when every node knows the token.
    /// </summary>
    public async Task<Outcome<NewToken>> ExecuteAsync(Actor actor, NewTokenRequest input, CancellationToken ct)
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<NewToken>(
            actor,
            "token.create",
            "tokens:create",
            context => AddAsync(context, input, replaces: null, ct),
            ct
        );
        if (outcome.IsDone)
        {
            await acknowledgements.WaitAsync(version, committedAt, ct);
        }

        return outcome;
    }

    /// <summary>Checks and adds the token within a transaction that was entered with the permission.</summary>
    /// <param name="replaces">The token whose callers are to move over to this one.</param>
    internal async Task<Outcome<NewToken>> AddAsync(
        OperationContext context,
        NewTokenRequest input,
        AccessKey? replaces,
        CancellationToken ct
    )
    {
        if (context.MustConfirm)
        {
            return new Refusal.StepUpNeeded();
        }

        var errors = new List<FieldError>();
        if (!Names.TryRead(input.Name, "The token name", out var name, out var nameError))
        {
            errors.Add(new FieldError(nameof(input.Name), nameError));
        }

        var lifetime = Lifetime.Forever;
        if (
            input.ExpiresIn is not null
            && (
                !s_lifetimes.Contains(input.ExpiresIn, StringComparer.Ordinal)
                || !Lifetime.TryParse(input.ExpiresIn, out lifetime, out _)
            )
        )
        {
            errors.Add(new FieldError(nameof(input.ExpiresIn), "Choose 30d, 60d, 90d, 365d or no expiry."));
        }

        var scopes = Granted(context, input.Scopes, errors);
        if (errors.Count > 0)
        {
            return new Refusal.Invalid(errors);
        }

        var value = ApiTokenFormat.New(random);
        var mac = new byte[Digest256.Size];
        hasher.TryHashBearer(hasher.CurrentVersion, KeyFamily.Api, value.Bytes, mac);
        var token = new AccessKey
        {
            Id = Guid.CreateVersion7(context.Now),
            Family = KeyFamily.Api,
            TeamId = context.TeamId,
            OwnerId = context.Actor.UserId,
            LookupId = mac[..LookupId.Size],
            PublicId = "dop_v1_…",
            Name = name,
            SecretMac = mac,
            MasterKeyVersion = hasher.CurrentVersion,
            CoversAll = scopes.Contains(KeyScope.Api.WriteAlias),
            ExpiresAt = lifetime.EndFrom(context.Now),
            ReplacesId = replaces?.Id,
            CreatedAt = context.Now,
            UpdatedAt = context.Now,
            ChangeVersion = context.Version,
        };
        token.Grants.AddRange(
            scopes.Select(s => new KeyGrant
            {
                KeyId = token.Id,
                Resource = s[..s.IndexOf(':', StringComparison.Ordinal)],
                Permission = s[(s.IndexOf(':', StringComparison.Ordinal) + 1)..],
            })
        );
        context.Db.AccessKeys.Add(token);
        context.Audit(
            "token.create",
            "token",
            token.Id.ToString(),
            token.Name,
            replaces is null
                ? new { scopes, token.ExpiresAt }
                : new
                {
                    scopes,
                    token.ExpiresAt,
                    replaces = replaces.Id,
                }
        );
        return new NewToken(
            TokenQueries.ToRow(token, await context.Db.EmailAsync(context.Actor.UserId, ct), usage: null, context.Now),
            value
        );
    }

    private static List<string> Granted(OperationContext context, IReadOnlyList<string> asked, List<FieldError> errors)
    {
        const string field = nameof(NewTokenRequest.Scopes);
        var chosen = asked.Distinct(StringComparer.Ordinal).ToList();
        if (chosen.Count == 0)
        {
            errors.Add(new FieldError(field, "Select at least one scope."));
            return [];
        }

        if (chosen.Any(s => s is KeyScope.Api.WriteAlias or KeyScope.Api.ReadAlias))
        {
            if (chosen.Count > 1)
            {
                errors.Add(new FieldError(field, "api:read and api:write already stand for all; choose nothing else."));
            }
            else if (context.Actor.Token is { IsFull: false } token && !token.Holds(chosen[0]))
            {
                errors.Add(new FieldError(field, "A token cannot make a token that may do more than itself."));
            }

            return chosen;
        }

        errors.AddRange(
            chosen
                .Where(s => ScopeCatalog.Find(s) is null)
                .Take(5)
                .Select(s => new FieldError(field, $"There is no scope {(s.Length > 64 ? s[..64] + "…" : s)}."))
        );
        var granted = ScopeCatalog.WithRequired(chosen);
        errors.AddRange(
            granted
                .Where(s => !context.May(s))
                .Take(5)
                .Select(s => new FieldError(field, $"Your role does not carry {s}."))
        );
        return [.. granted.Order(StringComparer.Ordinal)];
    }
}

/// <summary>What several operations of this folder read alike.</summary>
internal static class TokenQueries
{
    /// <summary>The tokens the actor may know: their own, and everybody's (never their values) for an owner.</summary>
    public static IQueryable<AccessKey> VisibleTokens(this OperationContext context) =>
        context
            .LivingKeys(KeyFamily.Api)
            .Where(k => context.Role == TeamRole.Owner || k.OwnerId == context.Actor.UserId);

    public static async Task<TokenRow> ToRowAsync(this OperationContext context, AccessKey token, CancellationToken ct)
    {
        var usage = await context.Db.KeyUsages.SingleOrDefaultAsync(u => u.KeyId == token.Id, ct);
        var owner = token.OwnerId is { } person ? await context.Db.EmailAsync(person, ct) : "";
        return ToRow(token, owner, usage, context.Now);
    }

    public static TokenRow ToRow(AccessKey token, string owner, KeyUsage? usage, DateTimeOffset now) =>
        new(
            token.Id,
            token.Name,
            [.. token.Grants.Select(g => $"{g.Resource}:{g.Permission}").Order(StringComparer.Ordinal)],
            token.OwnerId,
            owner,
            token.CreatedAt,
            token.ExpiresAt,
            usage?.LastUsedAt,
            usage?.LastAddress,
            usage?.LastClient,
            KeyUse.StatusOf(token.ExpiresAt, token.SuspendedUntil, now)
        );
}

/// <summary>Lists personal access tokens; expired ones stay listed until they are revoked.</summary>
public sealed class ListTokens(OperationRunner runner)
{
    /// <summary>
    /// Needs <c>tokens:read</c>. Sorts: <c>created</c> (the default, newest first), <c>name</c>, <c>expires</c>,
    /// <c>last_used</c>.
    /// </summary>
    /// <param name="everybodys">The whole team's instead of the actor's own; owners only.</param>
    public Task<Outcome<Page<TokenRow>>> ExecuteAsync(
        Actor actor,
        PageRequest page,
        bool everybodys,
        CancellationToken ct
    ) =>
        runner.ReadAsync<Page<TokenRow>>(
            actor,
            "tokens:read",
            async context =>
            {
                if (everybodys && context.Role != TeamRole.Owner)
                {
                    return new Refusal.Forbidden("team:update");
                }

                var db = context.Db;
                var tokens = context.VisibleTokens().Where(t => everybodys || t.OwnerId == actor.UserId);
                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var needle = search.ToLowerInvariant();
                    tokens = tokens.Where(t => t.Name.ToLower().Contains(needle));
                }

                var listed =
                    from token in tokens
                    join usage in db.KeyUsages on token.Id equals usage.KeyId into usages
                    from usage in usages.DefaultIfEmpty()
                    join owner in db.Users on token.OwnerId equals owner.Id into owners
                    from owner in owners.DefaultIfEmpty()
                    select new
                    {
                        Token = token,
                        token.Grants,
                        Usage = usage,
                        Owner = owner == null ? "" : owner.Email,
                    };
                var sorted = (page.Sort, page.Descending) switch
                {
                    ("name", false) => listed.OrderBy(r => r.Token.Name),
                    ("name", true) => listed.OrderByDescending(r => r.Token.Name),
                    ("expires", false) => listed.OrderBy(r => r.Token.ExpiresAt == null).ThenBy(r => r.Token.ExpiresAt),
                    ("expires", true) => listed
                        .OrderByDescending(r => r.Token.ExpiresAt == null)
                        .ThenByDescending(r => r.Token.ExpiresAt),
                    ("last_used", false) => listed.OrderBy(r => r.Usage != null).ThenBy(r => r.Usage.LastUsedAt),
                    ("last_used", true) => listed
                        .OrderByDescending(r => r.Usage != null)
                        .ThenByDescending(r => r.Usage.LastUsedAt),
                    ("created", false) => listed.OrderBy(r => r.Token.CreatedAt),
                    _ => listed.OrderByDescending(r => r.Token.CreatedAt),
                };
                var total = await tokens.CountAsync(ct);
                var rows = await sorted.ThenBy(r => r.Token.Id).Skip(page.SafeSkip).Take(page.SafeTake).ToListAsync(ct);
                foreach (var row in rows)
                {
                    row.Token.Grants = [.. row.Grants];
                }

                var recent = await db.RecentCallsAsync(rows.Select(r => r.Token.Id), context.Now, ct);
                return new Page<TokenRow>(
                    [
                        .. rows.Select(r =>
                            TokenQueries.ToRow(r.Token, r.Owner ?? "", r.Usage, context.Now) with
                            {
                                Recent = recent.GetValueOrDefault(r.Token.Id, RecentCalls.None),
                            }
                        ),
                    ],
                    total
                );
            },
            ct
        );
}

/// <summary>Reads one personal access token.</summary>
public sealed class GetToken(OperationRunner runner)
{
    /// <summary>Needs <c>tokens:read</c>, and the token to be the actor's own unless they are an owner.</summary>
    public Task<Outcome<TokenRow>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct) =>
        runner.ReadAsync<TokenRow>(
            actor,
            "tokens:read",
            async context =>
            {
                var token = await context
                    .VisibleTokens()
                    .Include(t => t.Grants)
                    .SingleOrDefaultAsync(t => t.Id == id, ct);
                return token is null ? new Refusal.Missing("token") : await context.ToRowAsync(token, ct);
            },
            ct
        );
}

/// <summary>Gives a personal access token another name. Value, scopes and expiry stay.</summary>
public sealed class RenameToken(OperationRunner runner)
{
    /// <summary>Needs <c>tokens:update</c>, and the token to be the actor's own unless they are an owner.</summary>
    public Task<Outcome<TokenRow>> ExecuteAsync(Actor actor, Guid id, string? newName, CancellationToken ct) =>
        runner.ChangeAsync<TokenRow>(
            actor,
            "token.rename",
            "tokens:update",
            async context =>
            {
                var token = await context
                    .VisibleTokens()
                    .Include(t => t.Grants)
                    .SingleOrDefaultAsync(t => t.Id == id, ct);
                if (token is null)
                {
                    return new Refusal.Missing("token");
                }

                if (!Names.TryRead(newName, "The token name", out var name, out var error))
                {
                    return Refusal.Rule("Name", error);
                }

                context.Audit("token.rename", "token", token.Id.ToString(), name, new { from = token.Name });
                token.Name = name;
                token.UpdatedAt = context.Now;
                token.ChangeVersion = context.Version;
                return await context.ToRowAsync(token, ct);
            },
            ct
        );
}

/// <summary>Revokes a personal access token: immediately, everywhere, for ever.</summary>
public sealed class RevokeToken(OperationRunner runner, Acknowledgements acknowledgements)
{
    /// <summary>
    /// Needs <c>tokens:delete</c>, and the token to be the actor's own unless they are an owner. Returns the receipt when
    /// every node refuses the token.
    /// </summary>
    public async Task<Outcome<Receipt>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct)
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<Done>(
            actor,
            "token.revoke",
            "tokens:delete",
            async context =>
            {
                if (await context.VisibleTokens().SingleOrDefaultAsync(t => t.Id == id, ct) is not { } token)
                {
                    return new Refusal.Missing("token");
                }

                context.Revoke(token, "revoked");
                context.Audit("token.revoke", "token", token.Id.ToString(), token.Name);
                return default(Done);
            },
            ct
        );
        return outcome.IsDone
            ? await acknowledgements.WaitAsync(version, committedAt, CancellationToken.None)
            : outcome.Refusal;
    }
}

/// <summary>Says what stops when a token stops.</summary>
public sealed class GetTokenBlastRadius(OperationRunner runner)
{
    /// <summary>Needs <c>tokens:read</c>, and the token to be the actor's own unless they are an owner.</summary>
    public Task<Outcome<BlastRadius>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct) =>
        runner.ReadAsync<BlastRadius>(
            actor,
            "tokens:read",
            async context =>
                await context.VisibleTokens().SingleOrDefaultAsync(t => t.Id == id, ct) is { } token
                    ? await context.Db.BlastRadiusAsync(token.Id, context.Now, ct)
                    : new Refusal.Missing("token"),
            ct
        );
}
