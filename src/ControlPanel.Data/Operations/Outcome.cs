using System.Diagnostics.CodeAnalysis;

namespace ControlPanel.Data.Operations;

/// <summary>One rule that an input breaks.</summary>
/// <param name="Field">The input's property, as in the operation's input record.</param>
/// <param name="Message">The rule, as a sentence for the person who typed it.</param>
public sealed record FieldError(string Field, string Message);

/// <summary>Why an operation did not happen. Closed; one table for each door turns it into words and status.</summary>
public abstract record Refusal
{
    private Refusal() { }

    /// <summary>It does not exist, or the actor may not know that it does: both read the same.</summary>
    /// <param name="What">The kind of thing: <c>namespace</c>, <c>access key</c>…</param>
    public sealed record Missing(string What) : Refusal;

    /// <summary>The actor is a member and may know the thing, but not do this.</summary>
    /// <param name="Permission">The permission that is needed, e.g. <c>function:delete</c>.</param>
    public sealed record Forbidden(string Permission) : Refusal;

    /// <summary>The actor is no member of the team (any more), or the session has ended.</summary>
    public sealed record NotAMember : Refusal;

    /// <summary>The input breaks rules; all of them are listed.</summary>
    public sealed record Invalid(IReadOnlyList<FieldError> Errors) : Refusal;

    /// <summary>It clashes with something that exists.</summary>
    public sealed record Conflict(string Field, string Message) : Refusal;

    /// <summary>A limit is reached.</summary>
    public sealed record LimitReached(string Message) : Refusal;

    /// <summary>The person must prove again who they are first.</summary>
    public sealed record StepUpNeeded : Refusal;

    /// <summary>One broken rule.</summary>
    public static Refusal Rule(string field, string message) => new Invalid([new FieldError(field, message)]);
}

/// <summary>What an operation came to: a value, or the reason why not.</summary>
public sealed class Outcome<T>
{
    private Outcome(T? value, Refusal? refusal)
    {
        Value = value;
        Refusal = refusal;
    }

    /// <summary>The result.</summary>
    public T? Value { get; }

    /// <summary>Why there is none.</summary>
    public Refusal? Refusal { get; }

    /// <summary>Whether it happened.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool IsDone => Refusal is null;

    internal static Outcome<T> From(T value) => new(value, null);

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}

/// <summary>Makes outcomes of types that convert to none by themselves (interfaces).</summary>
public static class Outcome
{
    /// <summary>It happened, with this value.</summary>
    public static Outcome<T> Of<T>(T value) => Outcome<T>.From(value);
}

/// <summary>The value of an operation that has nothing else to say.</summary>
public readonly record struct Done;
