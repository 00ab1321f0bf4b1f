namespace ControlPanel.Verification.Inference;

/// <summary>Why a body cannot be read with certainty. Such a body is refused whatever the key may do.</summary>
public enum BodyFault : byte
{
    /// <summary>It can be read.</summary>
    None = 0,

    /// <summary>There are no bytes.</summary>
    Empty,

    /// <summary>Neither JSON in UTF-8 nor a form: the content type says something else, or several things.</summary>
    UnsupportedType,

    /// <summary>It begins with a byte order mark, or is not UTF-8.</summary>
    NotUtf8,

    /// <summary>It is not one JSON value (RFC 8259), or nested too deeply.</summary>
    NotJson,

    /// <summary>It is JSON, but not an object.</summary>
    NotAnObject,

    /// <summary>It is not a form as RFC 7578 has it, or one that two parsers could cut differently.</summary>
    NotAForm,

    /// <summary>The model is named more than once: one parser takes the first, another the last.</summary>
    RepeatedModel,

    /// <summary>
    /// The name of a field is escaped, not ASCII, or a model field in other letters: some parsers take it for the model,
    /// others do not.
    /// </summary>
    DisguisedField,

    /// <summary>The model is no string, empty, too long, or holds control characters.</summary>
    BadModelName,
}

/// <summary>Which model a body names.</summary>
public readonly ref struct NamedModel
{
    /// <summary>The longest name that is looked at, in UTF-8 bytes.</summary>
    public const int MaxLength = 256;

    /// <summary>
    /// The size of the buffer that readers need, in bytes: the longest name with every character escaped
    /// (<c>\u0061</c>).
    /// </summary>
    public const int BufferSize = MaxLength * 6;

    private NamedModel(ReadOnlySpan<byte> name, bool namesOthers, BodyFault fault)
    {
        Name = name;
        NamesOthers = namesOthers;
        Fault = fault;
    }

    /// <summary>The model's name in UTF-8; empty when the body names none.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>
    /// Whether the body also lists models to use instead (<c>models</c>, <c>fallbacks</c>…, which several servers take):
    /// a key that is limited to models cannot be judged by the name alone.
    /// </summary>
    public bool NamesOthers { get; }

    /// <summary>Why it cannot be read.</summary>
    public BodyFault Fault { get; }

    internal static NamedModel Of(ReadOnlySpan<byte> name, bool namesOthers) => new(name, namesOthers, BodyFault.None);

    internal static NamedModel Unreadable(BodyFault fault) => new(default, namesOthers: false, fault);
}
