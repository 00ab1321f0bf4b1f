using System.Net;
using ControlPanel.Data.Model;
using ControlPanel.Data.Snapshots;
using ControlPanel.Verification.Keys;
using ControlPanel.Verification.Secrets;
using Microsoft.EntityFrameworkCore;

namespace ControlPanel.Data.Operations.Networking;

/// <summary>A VPC network in a list.</summary>
/// <param name="Ranges">CIDR ranges in their canonical spelling.</param>
/// <param name="Keys">Living model keys that are tied to it.</param>
public sealed record VpcRow(
    Guid Id,
    string Name,
    string Description,
    string Region,
    IReadOnlyList<string> Ranges,
    bool IsDefault,
    int Keys,
    DateTimeOffset CreatedAt
);

/// <summary>What a network is to be.</summary>
/// <param name="Ranges">CIDR ranges, IPv4 or IPv6; at least one.</param>
public sealed record VpcInput(string? Name, string? Description, string? Region, IReadOnlyList<string> Ranges);

/// <summary>The rules of networks (contract 4.5); wider than the real service's where a self-hosted network needs it.</summary>
internal static class VpcRules
{
    private const int MostRanges = 32;

    /// <summary>Checks an input.</summary>
    /// <param name="ranges">The ranges in canonical spelling.</param>
    public static List<FieldError> Check(VpcInput input, out string name, out Region? region, out List<string> ranges)
    {
        var errors = new List<FieldError>();
        name = (input.Name ?? "").Trim();
        if (
            name.Length is 0 or > Names.MaxLength
            || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.'))
        )
        {
            errors.Add(new FieldError(nameof(input.Name), "Use 1 to 100 letters, digits, hyphens or dots."));
        }

        if (input.Description is { Length: > 255 })
        {
            errors.Add(new FieldError(nameof(input.Description), "Use at most 255 characters."));
        }

        region = Regions.Find(input.Region);
        if (region is null)
        {
            errors.Add(new FieldError(nameof(input.Region), "Choose one of the regions offered."));
        }

        ranges = [];
        foreach (var text in input.Ranges.Select(r => r.Trim()).Where(r => r.Length > 0))
        {
            // Accepts 10.0.0.1/16 as 10.0.0.0/16: what a person copies from an interface is rarely the base address.
            if (TryReadRange(text, out var range))
            {
                ranges.Add(range);
            }
            else
            {
                errors.Add(
                    new FieldError(
                        nameof(input.Ranges),
                        $"{(text.Length > 64 ? text[..64] + "…" : text)} is no CIDR range such as 10.10.0.0/16."
                    )
                );
            }
        }

        if (ranges.Count == 0 && errors.Count == 0)
        {
            errors.Add(new FieldError(nameof(input.Ranges), "Give at least one CIDR range such as 10.10.0.0/16."));
        }

        if (ranges.Count > MostRanges)
        {
            errors.Add(new FieldError(nameof(input.Ranges), $"Give at most {MostRanges} ranges."));
        }

        return errors;
    }

    private static bool TryReadRange(string text, out string range)
    {
        range = "";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (
            slash <= 0
            || !IPAddress.TryParse(text.AsSpan(0, slash), out var address)
            || !int.TryParse(text.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture, out var length)
            || length < 0
            || length > address.GetAddressBytes().Length * 8
        )
        {
            return false;
        }

        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        range = $"{new IPAddress(bytes)}/{length}";
        return true;
    }
}

/// <summary>What several operations of this folder read alike.</summary>
internal static class VpcQueries
{
    public static Task<VpcNetwork?> FindVpcAsync(this OperationContext context, Guid id, CancellationToken ct) =>
        context.Db.VpcNetworks.SingleOrDefaultAsync(
            v => v.Id == id && v.TeamId == context.TeamId && v.DeletedAt == null,
            ct
        );

    public static async Task<VpcRow> ToRowAsync(this OperationContext context, VpcNetwork vpc, CancellationToken ct) =>
        new(
            vpc.Id,
            vpc.Name,
            vpc.Description,
            vpc.Region,
            vpc.Ranges.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            vpc.IsDefault,
            await context.LivingKeys(KeyFamily.Inference).CountAsync(k => k.VpcId == vpc.Id, ct),
            vpc.CreatedAt
        );
}

/// <summary>Lists the team's VPC networks.</summary>
public sealed class ListVpcs(OperationRunner runner)
{
    /// <summary>Needs <c>vpc:read</c>. Sorts: <c>name</c> (the default), <c>region</c>, <c>created</c>.</summary>
    public Task<Outcome<Page<VpcRow>>> ExecuteAsync(Actor actor, PageRequest page, CancellationToken ct) =>
        runner.ReadAsync<Page<VpcRow>>(
            actor,
            "vpc:read",
            async context =>
            {
                var db = context.Db;
                var vpcs = db.VpcNetworks.Where(v => v.TeamId == context.TeamId && v.DeletedAt == null);
                if (page.Search?.Trim() is { Length: > 0 } search)
                {
                    var needle = search.ToLowerInvariant();
                    vpcs = vpcs.Where(v => v.Name.ToLower().Contains(needle) || v.Ranges.Contains(needle));
                }

                var sorted = (page.Sort, page.Descending) switch
                {
                    ("region", false) => vpcs.OrderBy(v => v.Region).ThenBy(v => v.Name),
                    ("region", true) => vpcs.OrderByDescending(v => v.Region).ThenBy(v => v.Name),
                    ("created", false) => vpcs.OrderBy(v => v.CreatedAt),
                    ("created", true) => vpcs.OrderByDescending(v => v.CreatedAt),
                    (_, true) => vpcs.OrderByDescending(v => v.Name),
                    _ => vpcs.OrderBy(v => v.Name),
                };
                var total = await vpcs.CountAsync(ct);
                var rows = await sorted
                    .Skip(page.SafeSkip)
                    .Take(page.SafeTake)
                    .Select(v => new
                    {
                        Vpc = v,
                        Keys = db.AccessKeys.Count(k => k.VpcId == v.Id && k.RevokedAt == null),
                    })
                    .ToListAsync(ct);
                return new Page<VpcRow>(
                    [
                        .. rows.Select(r => new VpcRow(
                            r.Vpc.Id,
                            r.Vpc.Name,
                            r.Vpc.Description,
                            r.Vpc.Region,
                            r.Vpc.Ranges.Split('\n', StringSplitOptions.RemoveEmptyEntries),
                            r.Vpc.IsDefault,
                            r.Keys,
                            r.Vpc.CreatedAt
                        )),
                    ],
                    total
                );
            },
            ct
        );
}

/// <summary>Reads one VPC network.</summary>
public sealed class GetVpc(OperationRunner runner)
{
    /// <summary>Needs <c>vpc:read</c>.</summary>
    public Task<Outcome<VpcRow>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct) =>
        runner.ReadAsync<VpcRow>(
            actor,
            "vpc:read",
            async context =>
                await context.FindVpcAsync(id, ct) is { } vpc
                    ? await context.ToRowAsync(vpc, ct)
                    : new Refusal.Missing("vpc"),
            ct
        );
}

/// <summary>Creates a VPC network.</summary>
public sealed class CreateVpc(OperationRunner runner, ISecretSource random)
{
    /// <summary>Needs <c>vpc:create</c>. Refuses an unusable name or range and a name the team already uses.</summary>
    public Task<Outcome<VpcRow>> ExecuteAsync(Actor actor, VpcInput input, CancellationToken ct) =>
        runner.ChangeAsync<VpcRow>(
            actor,
            "vpc.create",
            "vpc:create",
            async context =>
            {
                var errors = VpcRules.Check(input, out var name, out var region, out var ranges);
                if (errors.Count > 0)
                {
                    return new Refusal.Invalid(errors);
                }

                if (
                    await context.Db.VpcNetworks.AnyAsync(
                        v => v.TeamId == context.TeamId && v.Name == name && v.DeletedAt == null,
                        ct
                    )
                )
                {
                    return new Refusal.Conflict(nameof(input.Name), $"There is already a network called {name}.");
                }

                var id = new byte[16];
                random.Fill(id);
                var vpc = new VpcNetwork
                {
                    Id = new Guid(id),
                    TeamId = context.TeamId,
                    Name = name,
                    Description = input.Description?.Trim() ?? "",
                    Region = region!.Slug,
                    Ranges = string.Join('\n', ranges),
                    CreatedAt = context.Now,
                    ChangeVersion = context.Version,
                };
                context.Db.VpcNetworks.Add(vpc);
                context.Audit("vpc.create", "vpc", vpc.Id.ToString(), vpc.Name, new { ranges });
                return await context.ToRowAsync(vpc, ct);
            },
            ct
        );
}

/// <summary>Changes a VPC network. Keys tied to it are judged by the new ranges when this returns.</summary>
public sealed class UpdateVpc(OperationRunner runner, Acknowledgements acknowledgements)
{
    /// <summary>Needs <c>vpc:update</c>.</summary>
    /// <param name="isDefault"><see langword="null"/> keeps it.</param>
    public async Task<Outcome<VpcRow>> ExecuteAsync(
        Actor actor,
        Guid id,
        VpcInput input,
        bool? isDefault,
        CancellationToken ct
    )
    {
        var (outcome, version, committedAt) = await runner.ChangeWithVersionAsync<VpcRow>(
            actor,
            "vpc.update",
            "vpc:update",
            async context =>
            {
                if (await context.FindVpcAsync(id, ct) is not { } vpc)
                {
                    return new Refusal.Missing("vpc");
                }

                var errors = VpcRules.Check(input, out var name, out var region, out var ranges);
                if (errors.Count > 0)
                {
                    return new Refusal.Invalid(errors);
                }

                if (
                    await context.Db.VpcNetworks.AnyAsync(
                        v => v.TeamId == context.TeamId && v.Name == name && v.DeletedAt == null && v.Id != id,
                        ct
                    )
                )
                {
                    return new Refusal.Conflict(nameof(input.Name), $"There is already a network called {name}.");
                }

                var before = new { vpc.Name, vpc.Ranges };
                vpc.Name = name;
                vpc.Description = input.Description?.Trim() ?? "";
                vpc.Region = region!.Slug;
                vpc.Ranges = string.Join('\n', ranges);
                vpc.ChangeVersion = context.Version;
                if (isDefault == true && !vpc.IsDefault)
                {
                    await context
                        .Db.VpcNetworks.Where(v => v.TeamId == context.TeamId && v.Region == vpc.Region)
                        .ExecuteUpdateAsync(set => set.SetProperty(v => v.IsDefault, valueExpression: false), ct);
                    vpc.IsDefault = true;
                }

                context.Audit("vpc.update", "vpc", vpc.Id.ToString(), vpc.Name, new { before, ranges });
                return await context.ToRowAsync(vpc, ct);
            },
            ct
        );
        if (outcome.IsDone)
        {
            await acknowledgements.WaitAsync(version, committedAt, CancellationToken.None);
        }

        return outcome;
    }
}

/// <summary>Deletes a VPC network.</summary>
public sealed class DeleteVpc(OperationRunner runner)
{
    /// <summary>Needs <c>vpc:delete</c>. Refused while living keys are tied to it, and for the default network.</summary>
    public Task<Outcome<Done>> ExecuteAsync(Actor actor, Guid id, CancellationToken ct) =>
        runner.ChangeAsync<Done>(
            actor,
            "vpc.delete",
            "vpc:delete",
            async context =>
            {
                if (await context.FindVpcAsync(id, ct) is not { } vpc)
                {
                    return new Refusal.Missing("vpc");
                }

                var keys = await context.LivingKeys(KeyFamily.Inference).CountAsync(k => k.VpcId == id, ct);
                if (keys > 0)
                {
                    return new Refusal.Conflict(
                        "Name",
                        $"{keys} model access {(keys == 1 ? "key uses" : "keys use")} this network; delete {(keys == 1 ? "it" : "them")} first."
                    );
                }

                if (vpc.IsDefault)
                {
                    return new Refusal.Conflict("Name", "The default network of a region cannot be deleted.");
                }

                vpc.DeletedAt = context.Now;
                vpc.ChangeVersion = context.Version;
                context.Audit("vpc.delete", "vpc", vpc.Id.ToString(), vpc.Name);
                return default(Done);
            },
            ct
        );
}
