using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Spaces;

/// <summary>The rules of grants (contract 3.3 and 8.2, 8.3).</summary>
internal static class SpacesGrants
{
    /// <summary>The most grants one key may carry.</summary>
    public const int Most = 100;

    /// <summary>Checks grants against each other and against the team's buckets.</summary>
    public static async Task<Refusal?> CheckAsync(
        OperationContext context,
        IReadOnlyList<SpacesGrant> grants,
        CancellationToken ct
    )
    {
        const string field = "Grants";
        if (grants.Count > Most)
        {
            return Refusal.Rule(field, $"A key carries at most {Most} grants.");
        }

        var full = grants.Where(g => g.Permission == SpacesGrant.FullAccess).ToList();
        if (full.Count > 0 && grants.Count > 1)
        {
            return Refusal.Rule(field, "cannot mix fullaccess permission with scoped permissions.");
        }

        if (full is [{ Bucket.Length: > 0 }])
        {
            return Refusal.Rule(field, "fullaccess covers every bucket; give it without a bucket name.");
        }

        var errors = new List<FieldError>();
        var names = grants.Where(g => g.Permission != SpacesGrant.FullAccess).ToList();
        foreach (var grant in names)
        {
            if (grant.Permission is not (SpacesGrant.Read or SpacesGrant.ReadWrite))
            {
                errors.Add(
                    new FieldError(
                        field,
                        $"The permission for {Shown(grant.Bucket)} must be read, readwrite or fullaccess."
                    )
                );
            }
        }

        errors.AddRange(
            names
                .GroupBy(g => g.Bucket, StringComparer.Ordinal)
                .Where(g => g.Count() > 1)
                .Select(g => new FieldError(field, $"{Shown(g.Key)} is granted twice."))
        );
        var asked = names.Select(g => g.Bucket).Distinct(StringComparer.Ordinal).ToList();
        var known = await context
            .Db.Buckets.Where(b => b.TeamId == context.TeamId && b.RemovedAt == null && asked.Contains(b.Name))
            .Select(b => b.Name)
            .ToListAsync(ct);
        errors.AddRange(
            asked
                .Except(known, StringComparer.Ordinal)
                .Select(b => new FieldError(field, $"There is no bucket called {Shown(b)}."))
        );
        return errors.Count > 0 ? new Refusal.Invalid(errors) : null;
    }

    // A bucket name in an error comes from the caller: bounded, so that an error never grows with the request.
    private static string Shown(string bucket) =>
        bucket.Length == 0 ? "an empty bucket name"
        : bucket.Length > 63 ? string.Concat(bucket.AsSpan(0, 63), "…")
        : bucket;
}
