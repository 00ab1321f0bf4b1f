using System.Globalization;
using System.Text.Json;
using ControlPanel.Api.Contract;
using ControlPanel.Api.Reference;
using ControlPanel.Data.Audit;
using ControlPanel.Data.Operations.Audit;

namespace ControlPanel.Api.Audit;

/// <summary>The audit log: an extension of ours. Shows to each token what the page shows to its owner.</summary>
internal static class AuditEndpoints
{
    // RFC 3339, with or without parts of a second, and a day alone.
    private static readonly string[] s_times =
    [
        "yyyy-MM-dd'T'HH:mm:ssK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd",
    ];

    public static void MapAudit(this RouteGroupBuilder api)
    {
        api.MapGet("/v2/audit", ListAsync)
            .Needs("activity:read")
            .Answers("List the audit log", ApiJson.Default.AuditBody)
            .Paged(
                new QueryParameter("who", "Part of the e-mail address."),
                new QueryParameter("action", "An action, or the beginning of several with its dot: spaces_key."),
                new QueryParameter("target", "An id, or part of a name."),
                new QueryParameter("result", "What came of it.", "done", "refused"),
                new QueryParameter("from", "The first instant that counts, or a day."),
                new QueryParameter("until", "The first instant that does not count any more, or a day."),
                new QueryParameter("request_id", "The id of one request."),
                new QueryParameter("sort_direction", "By time; desc unless said.", "asc", "desc")
            );
        api.MapPost("/v2/audit/verify", VerifyAsync)
            .Needs("activity:verify")
            .Answers("Verify the audit log", ApiJson.Default.AuditVerdictBody)
            .Remarks(
                "For tokens of owners. Reads the installation's whole log and says the first entry that does not fit."
            );
    }

    private static async Task<IResult> VerifyAsync(
        HttpContext http,
        VerifyAuditChain operation,
        CancellationToken ct
    ) =>
        ApiResults.From(
            await operation.ExecuteAsync(ApiGate.ActorOf(http), ct),
            verdict => new AuditVerdictBody(
                verdict switch
                {
                    ChainVerdict.Broken broken => new AuditVerdict(
                        IsIntact: false,
                        broken.Verified,
                        broken.Sequence,
                        Words.Of(broken.Fault)
                    ),
                    ChainVerdict.Intact intact => new AuditVerdict(true, intact.Entries, null, null),
                    _ => throw new System.Diagnostics.UnreachableException(),
                }
            ),
            ApiJson.Default.AuditVerdictBody
        );

    private static async Task<IResult> ListAsync(HttpContext http, ListAuditEntries operation, CancellationToken ct)
    {
        if (!ApiPaging.TryRead(http.Request, out var paging, out var error))
        {
            return ApiResults.Error(error!);
        }

        var query = http.Request.Query;
        if (!TryReadTime(query["from"], out var from))
        {
            return ApiResults.Error(ApiError.BadRequest("from must be a time such as 2026-01-31T12:00:00Z"));
        }

        if (!TryReadTime(query["until"], out var until))
        {
            return ApiResults.Error(ApiError.BadRequest("until must be a time such as 2026-01-31T12:00:00Z"));
        }

        string? result = query["result"];
        if (result is not (null or "" or AuditChain.Done or AuditChain.Refused))
        {
            return ApiResults.Error(ApiError.BadRequest("result must be done or refused"));
        }

        if ((string?)query["sort_direction"] is not (null or "asc" or "desc"))
        {
            return ApiResults.Error(ApiError.BadRequest("sort_direction must be asc or desc"));
        }

        return ApiResults.From(
            await operation.ExecuteAsync(
                ApiGate.ActorOf(http),
                paging.ToRequest("time", query["sort_direction"] != "asc"),
                new AuditFilter
                {
                    Actor = query["who"],
                    Action = query["action"],
                    Target = query["target"],
                    Result = result,
                    From = from,
                    Until = until,
                    RequestId = query["request_id"],
                },
                ct
            ),
            page => new AuditBody([.. page.Items.Select(ToEntry)], paging.Links(page.Total), new Meta(page.Total)),
            ApiJson.Default.AuditBody
        );
    }

    private static bool TryReadTime(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        var isTime = DateTimeOffset.TryParseExact(
            text,
            s_times,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var read
        );
        time = read;
        return isTime;
    }

    private static AuditEntryInfo ToEntry(AuditRow row) =>
        new(
            row.Sequence,
            row.At,
            row.Actor,
            row.Door,
            row.Action,
            new AuditTarget(row.TargetKind, row.TargetId, row.TargetName),
            row.Result,
            row.Details.Length > 0 ? JsonElement.Parse(row.Details) : null,
            row.Address,
            row.RequestId,
            row.GroupId.ToString()
        );
}
