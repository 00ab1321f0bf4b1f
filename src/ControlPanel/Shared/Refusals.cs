using ControlPanel.Data.Operations;

namespace ControlPanel.Shared;

/// <summary>The one table from an operation's refusal to the words a person reads.</summary>
public static class Refusals
{
    /// <summary>What to say about the whole.</summary>
    public static string Say(Refusal refusal) =>
        refusal switch
        {
            Refusal.Missing m => $"This {m.What} is not there any more.",
            Refusal.Forbidden f => $"Your role does not allow this. It needs {Roles.Needed(f.Permission)}.",
            Refusal.NotAMember => "You do not belong to this team any more, or your session has ended.",
            Refusal.Invalid i => string.Join(' ', i.Errors.Select(e => e.Message)),
            Refusal.Conflict c => c.Message,
            Refusal.LimitReached l => l.Message,
            Refusal.StepUpNeeded => "Confirm who you are, then try again.",
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>What to say beside a field; <see langword="null"/> when it is not about that field.</summary>
    public static string? About(Refusal? refusal, string field) =>
        refusal switch
        {
            Refusal.Invalid i => i.Errors.FirstOrDefault(e => e.Field == field)?.Message,
            Refusal.Conflict c when c.Field == field => c.Message,
            _ => null,
        };

    /// <summary>What to say that no field says; <see langword="null"/> when the fields say all.</summary>
    public static string? Apart(Refusal? refusal, params ReadOnlySpan<string> fields)
    {
        if (refusal is Refusal.Invalid invalid)
        {
            var rest = new List<string>();
            foreach (var error in invalid.Errors)
            {
                if (!fields.Contains(error.Field))
                {
                    rest.Add(error.Message);
                }
            }

            return rest.Count == 0 ? null : string.Join(' ', rest);
        }

        return refusal is null || (refusal is Refusal.Conflict conflict && fields.Contains(conflict.Field))
            ? null
            : Say(refusal);
    }
}
