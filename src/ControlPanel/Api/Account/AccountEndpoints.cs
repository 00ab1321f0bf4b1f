using System.Buffers.Binary;
using ControlPanel.Api.Contract;
using ControlPanel.Api.Reference;
using ControlPanel.Data.Operations;
using ControlPanel.Data.Operations.Teams;
using ControlPanel.Verification.Keys;

namespace ControlPanel.Api.Account;

/// <summary>Who the token belongs to, regions, and the one project (contract 1.5, 1.6, 4.5).</summary>
internal static class AccountEndpoints
{
    public static void MapAccount(this RouteGroupBuilder api)
    {
        api.MapGet("/v1/oauth/token/info", TokenInfo)
            .Needs()
            .Answers("Ask what this token is", ApiJson.Default.TokenInfo);
        api.MapGet("/v2/account", GetAccountAsync)
            .Needs("account:read")
            .Answers("Get the account", ApiJson.Default.AccountBody);
        api.MapGet("/v2/regions", ListRegions)
            .Needs("regions:read")
            .Answers("List regions", ApiJson.Default.RegionsBody)
            .Paged();
        api.MapGet("/v2/projects", ListProjectsAsync)
            .Needs("project:read")
            .Answers("List projects", ApiJson.Default.ProjectsBody)
            .Paged()
            .Remarks("A team is one project here.");
        api.MapGet("/v2/projects/{id}", GetProjectAsync)
            .Needs("project:read")
            .Answers("Get a project", ApiJson.Default.ProjectBody)
            .Remarks("The id may be the word default.");
    }

    /// <summary>A person as the number that the contract wants: stable, positive, from the id's own bits.</summary>
    public static long NumberOf(Guid person)
    {
        Span<byte> bytes = stackalloc byte[16];
        person.TryWriteBytes(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) & 0x7FFFFFFF;
    }

    private static IResult TokenInfo(HttpContext http, TimeProvider clock)
    {
        var key = ApiGate.KeyOf(http);
        var left = key.Expiry.Instant - clock.GetUtcNow();
        return ApiResults.Json(
            new TokenInfo(
                NumberOf(key.Owner!.UserId),
                ScopesOf(key),
                left is { } time ? (long)time.TotalSeconds : null,
                new TokenApplication("controlpanel"),
                CreatedAt(key)
            ),
            ApiJson.Default.TokenInfo
        );
    }

    private static async Task<IResult> GetAccountAsync(HttpContext http, GetAccount operation, CancellationToken ct)
    {
        var actor = ApiGate.ActorOf(http);
        var outcome = await operation.ExecuteAsync(actor, ct);
        http.Response.Headers["X-OAuth-Scopes"] = string.Join(", ", ScopesOf(ApiGate.KeyOf(http)));
        return ApiResults.From(
            outcome,
            a => new AccountBody(
                new AccountInfo(
                    actor.Token!.Holds("droplet:read") ? 0 : null,
                    actor.Token.Holds("reserved_ip:read") ? 0 : null,
                    actor.Token.Holds("reserved_ip:read") ? 0 : null,
                    0,
                    a.Email,
                    a.DisplayName,
                    a.UserId.ToString(),
                    a.EmailVerified,
                    "active",
                    "",
                    new TeamInfo(a.TeamId.ToString(), a.TeamName)
                )
            ),
            ApiJson.Default.AccountBody
        );
    }

    private static IResult ListRegions(HttpContext http)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        var all = Regions.All;
        var page = paging.ToRequest();
        return ApiResults.Json(
            new RegionsBody(
                [
                    .. all.Skip(page.Skip)
                        .Take(page.Take)
                        .Select(r => new RegionInfo(r.Slug, r.Name, [], [], Available: true)),
                ],
                paging.Links(all.Count),
                new Meta(all.Count)
            ),
            ApiJson.Default.RegionsBody
        );
    }

    private static async Task<IResult> ListProjectsAsync(HttpContext http, GetProject operation, CancellationToken ct)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), ct);
        return ApiResults.From(
            outcome,
            p => new ProjectsBody(paging.Page == 1 ? [ProjectOf(p)] : [], paging.Links(1), new Meta(1)),
            ApiJson.Default.ProjectsBody
        );
    }

    private static async Task<IResult> GetProjectAsync(
        HttpContext http,
        string id,
        GetProject operation,
        CancellationToken ct
    )
    {
        var outcome = await operation.ExecuteAsync(ApiGate.ActorOf(http), ct);
        return
            outcome is { IsDone: true, Value: { } found }
            && id is not "default"
            && !string.Equals(id, found.Id.ToString(), StringComparison.OrdinalIgnoreCase)
            ? ApiResults.Error(ApiError.NotFound)
            : ApiResults.From(outcome, project => new ProjectBody(ProjectOf(project)), ApiJson.Default.ProjectBody);
    }

    // A team is one project here: its id is the team's, and nothing can be put anywhere else.
    private static ProjectInfo ProjectOf(ProjectView project) =>
        new(
            project.Id.ToString(),
            project.Id.ToString(),
            NumberOf(project.Id),
            project.Name,
            "Everything of the team",
            "Access keys",
            "Production",
            IsDefault: true,
            project.CreatedAt,
            project.CreatedAt
        );

    private static IReadOnlyList<string> ScopesOf(KeyRecord key) =>
        [.. ((KeyScope.Api)key.Scope).Scopes.Order(StringComparer.Ordinal)];

    // The row's id is a UUID of version 7 (RFC 9562): its first 48 bits are the millisecond of creation.
    private static long CreatedAt(KeyRecord key)
    {
        Span<byte> bytes = stackalloc byte[16];
        key.Id.TryWriteBytes(bytes, bigEndian: true, out _);
        return (long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16) / 1000;
    }
}
